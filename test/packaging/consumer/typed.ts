// Compiled, never run: every public entry has types that hold under `strict`, without skipLibCheck.

import {
  type Agent,
  box,
  DQN,
  type DQNOptions,
  discrete,
  type EngineBinary,
  make,
  supportsEngine,
  type Workplace,
} from "bellwether";
import { type ArcadeOptions, registerArcade } from "bellwether/arcade";
import { lineChartSvg, type Series } from "bellwether/charts";
import { BitFlip, registerDiagnostics } from "bellwether/diagnostics";
import engineModule from "bellwether/engine.wasm";
import { toOnnx } from "bellwether/onnx";
import { type About, AgentBase, count, open, type RunSettings, runFields } from "bellwether/parts";
import { reference } from "bellwether/reference";
import relaxed from "bellwether/relaxed";
import { threads } from "bellwether/threads";
import sharedRelaxed from "bellwether/threads/relaxed";
import { auto, webgpu } from "bellwether/webgpu";

const options: DQNOptions = { seed: 1, network: { hidden: [32, 32], activation: "tanh" } };
const engine: EngineBinary = supportsEngine(relaxed) ? relaxed : { name: "own", module: engineModule };
const agent: Agent = new DQN(make("CartPole-v1"), { ...options, engine });
const bytes: Uint8Array = agent.save();
export const model: Uint8Array = toOnnx(agent, { mask: true });
const action: number = DQN.load(bytes).act([0, 0, 0, 0]);
new DQN(make("CartPole-v1"), { backend: reference });
export const created: Promise<DQN>[] = [
  DQN.create(make("CartPole-v1"), { ...options, backend: "webgpu" }),
  DQN.create(make("CartPole-v1"), { backend: "auto" }),
  DQN.create(make("CartPole-v1"), { backend: auto }),
  DQN.create(make("CartPole-v1"), { threads: 2 }),
  DQN.create(make("CartPole-v1"), { backend: threads }),
  DQN.create(make("CartPole-v1"), { backend: () => threads({ threads: "auto", engine: sharedRelaxed }) }),
  DQN.create(make("CartPole-v1"), { backend: () => webgpu({ powerPreference: "low-power" }) }),
];
export const withDevice = async (gpu: GPU, device: GPUDevice): Promise<DQN> =>
  DQN.load(bytes, { backend: await webgpu({ gpu, device }) });
export const onThreads = async (): Promise<DQN> =>
  new DQN(make("CartPole-v1"), {
    backend: await threads({ worker: () => new Worker("worker.js", { type: "module" }), cutFromMultiplications: 1e6 }),
  });
new DQN({ observationSpace: box(-1, 1, [2]), actionSpace: discrete(action + 1) });
export class Idle extends AgentBase<RunSettings> {
  static override readonly about: About<object, RunSettings> = {
    ...{ name: "Idle", algorithm: "idle", summary: "does nothing", actions: ["discrete"], learnsFrom: "steps" },
    fields: { ...runFields({ totalSteps: 1 }), seed: count(0, { min: 0 }) },
  };
  constructor(workplace: Workplace) {
    const context = open<RunSettings>(new.target, workplace, {});
    const nothing = { check: () => {}, load: () => {}, save: () => {} };
    const actor = { ...nothing, choose: () => {}, stepTaken: () => {}, forget: () => {} };
    super(context, { actor, models: [], remembers: null, plan: () => ({}) as never });
  }
}
export const idle: Idle = Idle.load(bytes);
toOnnx(idle);
registerArcade();
registerDiagnostics();
const game: ArcadeOptions = { minimalActions: true };
const planes: Uint8Array = make("Bricks-v0", game).reset({ seed: 1 }).observation;
const bits: number = new BitFlip({ n: 3 }).reset().observation.desiredGoal[0];
const series: Series[] = [{ label: "return", points: [[0, action + planes[0] + bits]] }];
const svg: string = lineChartSvg({ title: "CartPole-v1", xLabel: "steps", yLabel: "return", series });
new TextEncoder().encode(svg);
// @ts-expect-error: seeds are numbers
new DQN(make("CartPole-v1"), { seed: "one" });
// @ts-expect-error: a GPU takes time to open
new DQN(make("CartPole-v1"), { backend: "webgpu" });
