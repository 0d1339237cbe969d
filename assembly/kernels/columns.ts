/** Copies `count` floats of each row; rows are ldSource and ldTarget bytes apart. */
export function columns_copy(rows: i32, source: usize, ldSource: usize, target: usize, ldTarget: usize, count: i32): void {
  for (let b = 0; b < rows; b++, source += ldSource, target += ldTarget) {
    for (let c: usize = 0; c < <usize>count << 2; c += 4) store<f32>(target + c, load<f32>(source + c));
  }
}
