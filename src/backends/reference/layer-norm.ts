// Layer normalisation (Ba et al. 2016). Letters: B rows, O columns. Statistics are rows of (mean, rstd).

const f = Math.fround;

const lanes = new Float32Array(4);

function emptyLanes(): void {
  lanes.fill(0);
}

function addToLane(column: number, term: number): void {
  lanes[column % 4] += term;
}

/** (l0 + l2) + (l1 + l3): the sum that two shuffles of a 4-lane vector give. */
function laneSum(): number {
  return f(f(lanes[0] + lanes[2]) + f(lanes[1] + lanes[3]));
}

export function layerNormForward(
  B: number,
  O: number,
  x: Float32Array,
  scale: Float32Array,
  shift: Float32Array,
  epsilon: number,
  y: Float32Array,
  statistics: Float32Array,
): void {
  for (let b = 0; b < B; b++) {
    const row = b * O;
    emptyLanes();
    for (let o = 0; o < O; o++) addToLane(o, x[row + o]);
    const mean = f(laneSum() / O);
    emptyLanes();
    for (let o = 0; o < O; o++) {
      const d = f(x[row + o] - mean);
      addToLane(o, f(d * d));
    }
    const variance = f(laneSum() / O);
    const rstd = f(1 / f(Math.sqrt(f(variance + f(epsilon)))));
    for (let o = 0; o < O; o++) {
      const normal = f(f(x[row + o] - mean) * rstd);
      y[row + o] = f(f(normal * scale[o]) + shift[o]);
    }
    statistics[2 * b] = mean;
    statistics[2 * b + 1] = rstd;
  }
}

/** @param gradients null: a frozen layer @param dx may be dy: a row is read for all gradients before it is overwritten */
export function layerNormBackward(
  B: number,
  O: number,
  x: Float32Array,
  statistics: Float32Array,
  dy: Float32Array,
  scale: Float32Array,
  gradients: { readonly scale: Float32Array; readonly shift: Float32Array } | null,
  dx: Float32Array,
): void {
  gradients?.scale.fill(0, 0, O);
  gradients?.shift.fill(0, 0, O);
  for (let b = 0; b < B; b++) {
    const row = b * O;
    const mean = statistics[2 * b];
    const rstd = statistics[2 * b + 1];
    const normal = (o: number): number => f(f(x[row + o] - mean) * rstd);

    for (let o = 0; gradients !== null && o < O; o++) {
      gradients.shift[o] = f(gradients.shift[o] + dy[row + o]);
      gradients.scale[o] = f(gradients.scale[o] + f(dy[row + o] * normal(o)));
    }
    emptyLanes();
    for (let o = 0; o < O; o++) addToLane(o, f(dy[row + o] * scale[o]));
    const meanG = f(laneSum() / O);
    emptyLanes();
    for (let o = 0; o < O; o++) addToLane(o, f(f(dy[row + o] * scale[o]) * normal(o)));
    const meanGNormal = f(laneSum() / O);
    for (let o = 0; o < O; o++) {
      const g = f(dy[row + o] * scale[o]);
      dx[row + o] = f(rstd * f(f(g - meanG) - f(normal(o) * meanGNormal)));
    }
  }
}
