// The actions of one state, the greedy one marked; with bars of their Q-values where the agent has some.

export class ValueBars {
  readonly #list: HTMLElement;
  #rows: { item: HTMLElement; bar: HTMLElement; number: HTMLElement }[] = [];
  /** The largest magnitude seen, so that bars can be compared between states. */
  #largest = 0;

  constructor(list: HTMLElement) {
    this.#list = list;
  }

  /** Empty bars for these actions. */
  name(actions: readonly string[]): void {
    this.#largest = 0;
    this.#rows = actions.map((action) => {
      const item = document.createElement("li");
      const [name, track, bar, number] = ["span", "span", "span", "span"].map((tag) => document.createElement(tag));
      name.className = "name";
      name.textContent = action;
      track.className = "track";
      bar.className = "bar";
      track.append(bar);
      number.className = "number";
      item.append(name, track, number);
      return { item, bar, number };
    });
    this.#list.replaceChildren(...this.#rows.map(({ item }) => item));
  }

  show(values: ArrayLike<number> | undefined, greedy: number): void {
    for (const [i, { item }] of this.#rows.entries()) item.classList.toggle("greedy", i === greedy);
    if (values !== undefined) this.#showValues(values);
  }

  #showValues(values: ArrayLike<number>): void {
    for (let i = 0; i < values.length; i++) this.#largest = Math.max(this.#largest, Math.abs(values[i]));
    const hasNegative = Array.from(values).some((value) => value < 0);
    this.#list.classList.toggle("signed", hasNegative);
    for (const [i, { bar, number }] of this.#rows.entries()) {
      const share = this.#largest === 0 ? 0 : values[i] / this.#largest;
      const room = hasNegative ? 50 : 100;
      bar.style.width = `${Math.abs(share) * room}%`;
      bar.style.left = hasNegative ? `${50 + Math.min(0, share) * 50}%` : "0";
      number.textContent = values[i].toFixed(Math.abs(values[i]) < 10 ? 3 : 2);
    }
  }
}
