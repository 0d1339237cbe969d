// Draws the agent's greedy policy playing in an environment of the page's own; training never sees it.

import { make, type RemoteAgent, type SpaceValue, type SyncEnv } from "bellwether";
import { AGENTS } from "./agents.ts";
import { actionNames, playRate } from "./environments.ts";
import type { ValueBars } from "./value-bars.ts";

/** How long the end of an episode stays in sight. */
const END_MS = 700;

export class Stage {
  readonly #picture: Element;
  readonly #caption: Element;
  readonly #bars: ValueBars;
  #env: SyncEnv = make("CartPole-v1");
  #agent: RemoteAgent | undefined;
  #observation: SpaceValue = 0;
  #stepMs = 25;
  #length = 0;
  #return = 0;
  #isOver = false;
  #isPlaying = false;
  #isAsking = false;
  #nextAt = 0;

  constructor(picture: Element, caption: Element, bars: ValueBars) {
    this.#picture = picture;
    this.#caption = caption;
    this.#bars = bars;
    const frame = (now: number): void => {
      if (this.#isPlaying && now >= this.#nextAt) {
        // Late frames are dropped rather than made up for.
        this.#nextAt = Math.max(this.#nextAt + this.#stepMs, now - this.#stepMs);
        void this.step();
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  /** Begins a new episode of the environment. */
  async show(envId: string, agent: RemoteAgent): Promise<void> {
    this.#agent = agent;
    this.#env = make(envId);
    this.#stepMs = 1000 / playRate(envId);
    const { n } = agent.actionSpace as { readonly n: number };
    this.#bars.name(actionNames(envId, n));
    this.#begin(7);
    await this.#ask();
  }

  set playing(isPlaying: boolean) {
    this.#isPlaying = isPlaying;
  }

  /** One step of the greedy policy, or a new episode after the last one's end. */
  async step(): Promise<void> {
    if (this.#isAsking || this.#agent === undefined) return;
    if (this.#isOver) this.#begin();
    const action = await this.#ask();
    if (action === undefined) return;
    const { observation, reward, terminated, truncated } = this.#env.step(action);
    this.#observation = observation;
    this.#return += reward;
    this.#length++;
    this.#isOver = terminated || truncated;
    if (this.#isOver) this.#nextAt = performance.now() + END_MS;
    this.#draw();
  }

  /** @returns the greedy action; undefined when the agent was replaced meanwhile */
  async #ask(): Promise<number | undefined> {
    const agent = this.#agent!;
    this.#isAsking = true;
    try {
      const hasValues = "qValues" in AGENTS[agent.algorithm].prototype;
      const asked = hasValues ? agent.qValues(this.#observation) : undefined;
      const [action, values] = await Promise.all([agent.act(this.#observation), asked]);
      if (agent !== this.#agent) return undefined;
      this.#bars.show(values, action - (agent.actionSpace as { readonly start: number }).start);
      return action;
    } catch {
      // The agent was disposed of while the question was on its way.
      return undefined;
    } finally {
      this.#isAsking = false;
    }
  }

  #begin(seed?: number): void {
    this.#observation = this.#env.reset(seed === undefined ? {} : { seed }).observation;
    this.#length = 0;
    this.#return = 0;
    this.#isOver = false;
    this.#draw();
  }

  #draw(): void {
    this.#picture.innerHTML = this.#env.renderSvg?.() ?? "";
    const value = Number.isInteger(this.#return) ? this.#return : this.#return.toFixed(2);
    this.#caption.textContent = `step ${this.#length} · return ${value}`.replace("-", "−");
  }
}
