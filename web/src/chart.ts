// One uPlot chart in the page's colours, redrawn at most once a frame.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

export interface Line {
  /** Of a CSS variable. */
  readonly color: string;
  readonly width: number;
  readonly fill?: string;
}

export interface ChartOptions {
  readonly lines: readonly Line[];
  /** Bounds of what is shown; without them the values' own. */
  readonly least?: number;
  readonly most?: number;
  /** Says the chart in words. */
  readonly describe: () => string;
}

const dark = matchMedia("(prefers-color-scheme: dark)");
const compact = new Intl.NumberFormat("en", { notation: "compact", maximumSignificantDigits: 3 });

export class Chart {
  readonly #place: HTMLElement;
  readonly #options: ChartOptions;
  #data: uPlot.AlignedData;
  #plot: uPlot | undefined;
  #due = false;
  #span: readonly [number, number] = [0, 1];

  constructor(place: HTMLElement, options: ChartOptions) {
    this.#place = place;
    this.#options = options;
    this.#data = [[], ...options.lines.map(() => [])];
    new ResizeObserver(() => this.#resize()).observe(place);
    dark.addEventListener("change", () => {
      this.#plot?.destroy();
      this.#plot = undefined;
      this.#resize();
    });
  }

  /**
   * @param span the steps from which to which to draw
   * @param data the steps, and one list of values for each line; kept, not copied
   */
  show(span: readonly [number, number], ...data: number[][]): void {
    this.#span = span;
    this.#data = data as unknown as uPlot.AlignedData;
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#plot?.setData(this.#data);
      this.#place.setAttribute("aria-label", this.#options.describe());
    });
  }

  #resize(): void {
    const { clientWidth: width, clientHeight: height } = this.#place;
    if (width === 0) return;
    if (this.#plot === undefined) this.#plot = this.#build(width, height);
    else this.#plot.setSize({ width, height });
  }

  #build(width: number, height: number): uPlot {
    const style = getComputedStyle(document.documentElement);
    const color = (name: string): string => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: color("--muted"),
      font: `11px ${style.fontFamily}`,
      grid: { stroke: color("--line"), width: 1 },
      ticks: { show: false },
      values: (_, ticks) => ticks.map((tick) => compact.format(tick)),
    };
    const { lines, least, most } = this.#options;
    const range: uPlot.Range.Function = (_, low, high) => {
      const bottom = least ?? low ?? 0;
      const top = most ?? high ?? 1;
      const pad = (top - bottom || 1) * 0.05;
      return [bottom - pad, top + pad];
    };
    return new uPlot(
      {
        width,
        height,
        padding: [8, 16, 0, 0],
        legend: { show: false },
        cursor: { show: false },
        scales: { x: { time: false, range: () => [...this.#span] }, y: { range } },
        axes: [
          { ...axis, size: 24, gap: 4 },
          { ...axis, size: 44, gap: 6, space: 34 },
        ],
        series: [
          {},
          ...lines.map((line) => ({
            stroke: color(line.color),
            width: line.width,
            points: { show: false },
            ...(line.fill && { fill: color(line.fill) }),
          })),
        ],
      },
      this.#data,
      this.#place,
    );
  }
}
