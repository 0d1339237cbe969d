// Shows the progress of a run: in a terminal a picture that is redrawn in place, in a file or pipe a line every ten seconds.

import type { Progress } from "../agent.ts";
import { terminalChart } from "../charts/sparkline.ts";
import { type Curve, resample, smooth, smoothingWindow } from "./learning-curve.ts";
import { nameOf } from "./module-word.ts";
import { clock, grouped, short } from "./number-text.ts";
import { type RunConfig, shownPath } from "./run-folder.ts";
import type { Terminal } from "./terminal.ts";
import type { RunProgress } from "./training-callbacks.ts";

const LIVE_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 10_000;
const CHART_ROWS = 6;
/** Pause after drawing, in multiples of the drawing time. So the picture of a million episodes does not slow the run down. */
const REST = 50;
/** Number of the algorithm's metrics that are shown. The logs have all of them. */
const SHOWN_METRICS = 5;

export class ProgressView {
  readonly intervalMs: number;
  readonly #terminal: Terminal;
  readonly #config: RunConfig;
  readonly #title: string;
  readonly #curve: Curve;
  readonly #run: RunProgress;
  #restsUntil = 0;

  constructor(terminal: Terminal, config: RunConfig, folder: string, curve: Curve, run: RunProgress) {
    this.intervalMs = terminal.isLive ? LIVE_INTERVAL_MS : LINE_INTERVAL_MS;
    this.#terminal = terminal;
    this.#config = config;
    this.#curve = curve;
    this.#run = run;
    const name = terminal.style(`${nameOf(config.algorithm)} on ${nameOf(config.env.id)}`, "bold");
    this.#title = `${name}  ${terminal.style(`seed ${config.seed}, ${shownPath(folder)}`, "dim")}`;
  }

  start(fromStep: number): void {
    if (this.#terminal.isLive) return;
    const { algorithm, env, seed, steps } = this.#config;
    const from = fromStep > 0 ? ` from step ${grouped(fromStep)}` : "";
    this.#terminal.print(
      `Training ${nameOf(algorithm)} on ${nameOf(env.id)}, seed ${seed}${from} to ${grouped(steps)} steps.`,
    );
  }

  show(progress: Progress): void {
    if (!this.#terminal.isLive) {
      this.#terminal.print(this.#line(progress));
      return;
    }
    const begun = performance.now();
    if (begun < this.#restsUntil && progress.envSteps < progress.targetSteps) return;
    this.#terminal.draw(this.#picture(progress));
    this.#restsUntil = begun + (performance.now() - begun) * REST;
  }

  /** Leaves the last picture on the screen. */
  end(): void {
    this.#terminal.settle();
  }

  #line(p: Progress): string {
    const { kept } = this.#run;
    const known = Object.entries(p.metrics).filter(([name, value]) => name !== "learningRate" && !Number.isNaN(value));
    const metrics = known.slice(0, SHOWN_METRICS).map(([name, value]) => `${words(name)} ${short(value)}`);
    return [
      `${grouped(p.envSteps)} / ${grouped(this.#config.steps)} (${this.#percent(p)} %)`,
      `${grouped(p.stepsPerSecond)} steps/s`,
      `ETA ${clock(p.etaSeconds)}`,
      `${grouped(p.episodes)} episodes`,
      `return ${short(p.lastReturn)}, mean ${short(p.meanReturn)}`,
      ...(kept === null ? [] : [`best evaluation ${short(kept.mean)} at ${grouped(kept.step)}`]),
      ...metrics,
    ].join("  ");
  }

  #picture(p: Progress): string[] {
    const terminal = this.#terminal;
    const width = Math.min(terminal.columns - 1, 100);
    const row = (name: string, parts: readonly string[]): string =>
      `  ${terminal.style(name.padEnd(9), "dim")} ${parts.join("   ")}`;
    const elapsed = clock(this.#run.secondsBefore + p.seconds);
    const lines = [
      this.#title,
      `  ${this.#bar(p, Math.max(10, width - 52))}`,
      row("speed", [`${grouped(p.stepsPerSecond)} steps/s`, `elapsed ${elapsed}`, `${grouped(p.updates)} updates`]),
      row("return", [
        `last ${terminal.style(short(p.lastReturn), "bold")}`,
        `mean of 100 ${terminal.style(short(p.meanReturn), "bold")}`,
        `${grouped(p.episodes)} episodes`,
      ]),
      row(
        "learning",
        Object.entries(p.metrics)
          .slice(0, SHOWN_METRICS)
          .map(([name, value]) => `${words(name)} ${short(value)}`),
      ),
    ];
    const { kept } = this.#run;
    if (kept !== null) {
      lines.push(
        row("kept", [`best evaluation ${terminal.style(short(kept.mean), "bold")} at step ${grouped(kept.step)}`]),
      );
    }
    const returns = smooth(this.#curve.episodes, smoothingWindow(this.#curve.episodes.length) >> 1);
    if (returns.length < 2 || terminal.rows < lines.length + CHART_ROWS + 2) return lines;
    const chart = Math.max(10, width - 12);
    const labelled = terminalChart(resample(returns, p.envSteps, chart * 2), { width: chart, height: CHART_ROWS });
    return [...lines, ...labelled.split("\n").map((text) => `  ${terminal.style(text, "cyan")}`)];
  }

  #bar(p: Progress, width: number): string {
    const eighths = Math.floor((p.envSteps / this.#config.steps) * width * 8);
    const full = "█".repeat(eighths >> 3);
    const part = eighths & 7 ? " ▏▎▍▌▋▊▉"[eighths & 7] : "";
    const rest = "░".repeat(Math.max(0, width - full.length - part.length));
    const bar = `${this.#terminal.style(full + part, "green")}${this.#terminal.style(rest, "dim")}`;
    const eta = p.envSteps < this.#config.steps ? `  ETA ${clock(p.etaSeconds)}` : "";
    return `${bar} ${this.#percent(p)} %  ${grouped(p.envSteps)} / ${grouped(this.#config.steps)} steps${eta}`;
  }

  #percent(p: Progress): string {
    return String(Math.floor((p.envSteps / this.#config.steps) * 100)).padStart(3);
  }
}

/** Splits a name into words: "learningRate" becomes "learning rate", "meanQ" becomes "mean Q". */
function words(name: string): string {
  return name.replace(/[A-Z](?=[a-z])/g, (letter) => ` ${letter.toLowerCase()}`).replace(/(?<=[a-z])(?=[A-Z])/g, " ");
}
