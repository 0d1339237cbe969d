// All entries in one program: they share classes, the registry of environments and the compiled engine. Prints what it found
// as JSON.

let compilations = 0;
const { Module } = WebAssembly;
WebAssembly.Module = class extends Module {
  constructor(bytes) {
    super(bytes);
    // Not the little modules that unpack engines.
    if (bytes.length > 4096) compilations++;
  }
};

const { box, CheckpointError, DeviceError, DQN, discrete, make, StateError, UnsupportedError } = await import(
  "bellwether"
);
const { registerArcade } = await import("bellwether/arcade");
const { registerDiagnostics } = await import("bellwether/diagnostics");
await import("bellwether/node");
const { toOnnx } = await import("bellwether/onnx");
const { AgentBase } = await import("bellwether/parts");
const { reference } = await import("bellwether/reference");
const { threads } = await import("bellwether/threads");
const { webgpu } = await import("bellwether/webgpu");
await import("bellwether/charts");
await import("bellwether/relaxed");

registerArcade();
registerDiagnostics();
make("Bricks-v0").reset({ seed: 1 });
make("BitFlip-v0").reset({ seed: 1 });
const options = { seed: 1, preset: false, network: { hidden: [8] } };
const agent = new DQN(make("CartPole-v1"), options);
new DQN(make("CartPole-v1"), { ...options, backend: reference });
const onThreads = await threads({ threads: 2, cutFromMultiplications: 1e9 });
const helped = new DQN(
  { observationSpace: box(-1, 1, [2]), actionSpace: discrete(2) },
  { ...options, backend: onThreads },
);
const secondAgent = thrownBy(() => new DQN(make("CartPole-v1"), { ...options, backend: onThreads }));
const noGpu = await webgpu().catch((error) => error);
const notDescribed = thrownBy(() => toOnnx({ ...agent, describe: () => null }));
helped.dispose();
agent.dispose();
const noFile = thrownBy(() => DQN.load(new Uint8Array(64)));

console.log(
  JSON.stringify({
    // One for agents and environments, one for shared memory.
    compilations,
    agentBase: agent instanceof AgentBase,
    stateError: secondAgent instanceof StateError,
    deviceError: noGpu instanceof DeviceError,
    checkpointError: noFile instanceof CheckpointError,
    unsupportedError: notDescribed instanceof UnsupportedError,
  }),
);

function thrownBy(call) {
  try {
    call();
  } catch (error) {
    return error;
  }
}
