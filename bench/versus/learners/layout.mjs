// Converts between layouts: other libraries keep weights as [in, out] matrices, the task as [out, in].

/** @param matrix [rows, columns], row by row @returns [columns, rows] */
export function transposed(matrix, rows, columns) {
  const result = new Float32Array(matrix.length);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result[j * rows + i] = matrix[i * columns + j];
  }
  return result;
}

/** Draws rows of the replay uniformly, and copies them into the existing arrays of `batch`. */
export function gather(replay, inputs, batch) {
  const { length } = replay.reward;
  for (let row = 0; row < batch.reward.length; row++) {
    const slot = Math.floor(Math.random() * length);
    const [from, to] = [slot * inputs, (slot + 1) * inputs];
    batch.observation.set(replay.observation.subarray(from, to), row * inputs);
    batch.nextObservation.set(replay.nextObservation.subarray(from, to), row * inputs);
    batch.action[row] = replay.action[slot];
    batch.reward[row] = replay.reward[slot];
    batch.discount[row] = replay.discount[slot];
  }
}
