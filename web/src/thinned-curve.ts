// A curve of any length in bounded memory: when it is full, neighbours are merged into their mean.

const FULL = 1200;

export class ThinnedCurve {
  readonly x: number[] = [];
  readonly y: number[] = [];
  #stride = 1;
  #count = 0;
  #sum = 0;

  add(x: number, y: number): void {
    this.#sum += y;
    if (++this.#count < this.#stride) return;
    this.x.push(x);
    this.y.push(this.#sum / this.#count);
    this.#count = 0;
    this.#sum = 0;
    if (this.x.length === FULL) this.#merge();
  }

  clear(): void {
    this.x.length = 0;
    this.y.length = 0;
    this.#stride = 1;
    this.#count = 0;
    this.#sum = 0;
  }

  #merge(): void {
    for (let i = 0; i < FULL / 2; i++) {
      this.x[i] = this.x[2 * i + 1];
      this.y[i] = (this.y[2 * i] + this.y[2 * i + 1]) / 2;
    }
    this.x.length = FULL / 2;
    this.y.length = FULL / 2;
    this.#stride *= 2;
  }
}
