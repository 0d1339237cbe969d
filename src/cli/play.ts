// `bellwether play`: shows a trained policy at work, as text in the terminal or as an animated SVG.

import { setTimeout as sleep } from "node:timers/promises";
import { animatedSvg } from "../charts/animated-svg.ts";
import type { Env } from "../env.ts";
import type { TrainedAgent } from "./algorithm.ts";
import { CommandLine } from "./command-line.ts";
import { Interruption } from "./interruption.ts";
import { byteSize, grouped, short } from "./number-text.ts";
import { writeOutput } from "./output-file.ts";
import { loadPlayedPolicy, POLICY_OPTIONS } from "./saved-policy.ts";
import { Terminal } from "./terminal.ts";
import { UsageError } from "./usage-error.ts";
import { blamed } from "./user-module.ts";

/** Size of the pictures that environments draw (see Env.renderSvg). */
const PICTURE = { width: 600, height: 400 };
const OPTIONS = { ...POLICY_OPTIONS, episodes: "text", seed: "text", fps: "text", svg: "text" } as const;
/** Number of times that the last frame of an episode is repeated in an animation, so that the viewer sees the end. */
const HELD_FRAMES = 10;

interface Frame {
  readonly episode: number;
  readonly step: number;
  readonly episodeReturn: number;
  readonly isLast: boolean;
}

/** Runs the command. @returns the exit code */
export async function play(args: readonly string[]): Promise<number> {
  const line = new CommandLine("play", args, OPTIONS);
  line.requirePositionals(1, 1, "<run>");
  const episodes = line.count("episodes", 1) ?? 1;
  const seed = line.count("seed", 0) ?? 10_000;
  const fps = line.number("fps", 0.1);
  if (fps !== undefined && fps > 240) throw line.wrong(`--fps expected at most 240, got ${fps}`);
  const { agent, algorithmName, env, envModule, envName, notes } = await loadPlayedPolicy(line, line.positionals[0]);
  for (const note of notes) process.stderr.write(`${note}\n`);
  const svg = line.text("svg");
  // Games of a few dozen moves are shown slowly enough to follow each move; physics runs at a natural speed.
  const pace = fps ?? (env.observationSpace.kind === "box" ? 30 : 4);
  const frames = episodeFrames(agent, env, episodes, seed);
  const title = `${algorithmName} on ${envName}`;
  try {
    if (svg === undefined) return await playText(frames, env, title, pace, episodes);
    await playSvg(frames, env, svg, `${title}, seed ${seed}`, pace);
    return 0;
  } catch (error) {
    throw blamed(error, envModule);
  }
}

/** Plays greedy episodes and yields after every reset and step. The caller can draw the environment at each frame. */
async function* episodeFrames(agent: TrainedAgent, env: Env, episodes: number, seed: number): AsyncGenerator<Frame> {
  for (let episode = 0; episode < episodes; episode++) {
    let { observation } = await env.reset({ seed: seed + episode });
    let episodeReturn = 0;
    yield { episode, step: 0, episodeReturn, isLast: false };
    for (let step = 1, isLast = false; !isLast; step++) {
      const result = await env.step(agent.act(observation, { episodeStart: step === 1 }));
      observation = result.observation;
      episodeReturn += result.reward;
      isLast = result.terminated || result.truncated;
      yield { episode, step, episodeReturn, isLast };
    }
  }
}

async function playText(
  frames: AsyncIterable<Frame>,
  env: Env,
  title: string,
  fps: number,
  episodes: number,
): Promise<number> {
  const render = env.renderText?.bind(env);
  if (render === undefined) throw new UsageError(`${title} expected a text picture, got none from it. Use evaluate.`);
  const terminal = new Terminal(process.stdout);
  const interruption = new Interruption();
  const returns: number[] = [];
  let due = performance.now();
  try {
    for await (const { episode, step, episodeReturn, isLast } of frames) {
      const heading = `${title}   episode ${episode + 1} of ${episodes}   step ${step}   return ${short(episodeReturn)}`;
      const picture = render().split("\n");
      if (terminal.isLive) {
        terminal.draw([terminal.style(heading, "bold"), "", ...picture]);
        due = Math.max(due + 1000 / fps, performance.now());
        await sleep(due - performance.now(), undefined, { signal: interruption.signal });
        // Every episode's last picture stays on the screen.
        if (isLast) terminal.settle();
      } else {
        terminal.print([heading, ...picture, ""].join("\n"));
      }
      if (isLast) returns.push(episodeReturn);
      if (interruption.signal.aborted) break;
    }
  } catch (error) {
    if (!interruption.signal.aborted) throw error;
  } finally {
    terminal.settle();
    interruption.release();
  }
  if (returns.length > 1) {
    const mean = returns.reduce((sum, value) => sum + value, 0) / returns.length;
    terminal.print(`${grouped(returns.length)} episodes, mean return ${short(mean)}`);
  }
  return interruption.exitCode;
}

async function playSvg(
  frames: AsyncIterable<Frame>,
  env: Env,
  file: string,
  title: string,
  fps: number,
): Promise<void> {
  const render = env.renderSvg?.bind(env);
  if (render === undefined)
    throw new UsageError(`${title} expected an SVG picture, got none from it. Play it as text.`);
  const pictures: string[] = [];
  const returns: number[] = [];
  for await (const { isLast, episodeReturn } of frames) {
    const picture = render();
    pictures.push(picture);
    if (!isLast) continue;
    returns.push(episodeReturn);
    for (let held = 0; held < HELD_FRAMES; held++) pictures.push(picture);
  }
  const caption = `${title}: return ${returns.map(short).join(", ")}`;
  const text = animatedSvg(pictures, { framesPerSecond: fps, ...PICTURE, caption });
  await writeOutput(file, text);
  const size = byteSize(new TextEncoder().encode(text).length);
  process.stdout.write(
    `${file}: ${grouped(pictures.length)} frames, ${size}; return ${returns.map(short).join(", ")}\n`,
  );
}
