import { expect, test } from "vitest";
import type { Backend } from "../../src/backend.ts";
import { reference } from "../../src/backends/reference/index.ts";
import { StateError, UnsupportedError } from "../../src/errors.ts";
import { decodeSafetensors } from "../../src/formats/safetensors.ts";
import { box, DQN, discrete, IQN, multiBinary, multiDiscrete, PPO, QLearning, type Space } from "../../src/index.ts";
import { type DescribedAgent, type OnnxOptions, toOnnx } from "../../src/onnx/index.ts";
import { DataType } from "../../src/onnx/model.ts";
import { type ReadModel, readModel } from "./read-model.ts";

const SEEN = box(-1, 1, [3]);
const network = { hidden: [4] };

const values = (actionSpace: Space = discrete(2)): DQN =>
  new DQN({ observationSpace: SEEN, actionSpace }, { preset: false, seed: 1, network });
const policy = (actionSpace: Space, options: object = {}): PPO =>
  new PPO({ observationSpace: SEEN, actionSpace }, { preset: false, seed: 1, network, ...options });
const written = (agent: DescribedAgent, options?: OnnxOptions): ReadModel => readModel(toOnnx(agent, options));
const shapes = (of: ReadModel["inputs"]): Record<string, string> =>
  Object.fromEntries(
    of.map(({ name, type, shape }) => [name, `${type === DataType.int32 ? "int32" : "float32"} ${shape}`]),
  );

test("the same agent gives the same bytes, and so does one of the same seed", () => {
  for (const make of [
    () => values(),
    () => policy(box(-1, 1, [2]), { recurrent: "gru", normalizeObservations: true }),
  ]) {
    const agent = make();
    const first = toOnnx(agent);
    expect(Buffer.compare(toOnnx(agent), first)).toBe(0);
    expect(Buffer.compare(toOnnx(make()), first)).toBe(0);
  }
});

test("writing leaves the agent as it was, and its memory", () => {
  const implicit = new IQN({ observationSpace: SEEN, actionSpace: discrete(2) }, { preset: false, seed: 1, network });
  for (const agent of [values(), implicit]) {
    const [file, { total }] = [agent.save(), agent.memory()];
    toOnnx(agent, { mask: true });
    expect(Buffer.compare(agent.save(), file)).toBe(0);
    expect(agent.memory().total).toBe(total);
  }
});

test("the constants are the arrays that exportWeights gives, under the same names", () => {
  for (const agent of [values(), policy(discrete(3))]) {
    const { tensors } = decodeSafetensors(agent.exportWeights());
    const { constants } = written(agent, { value: agent instanceof PPO });
    expect(tensors.size).toBeGreaterThan(3);
    for (const [name, { data, shape }] of tensors) {
      const constant = constants.find((tensor) => tensor.name === name);
      expect(constant).toMatchObject({ shape, values: Array.from(data as Float32Array) });
    }
  }
});

test("a model says who wrote it, of which agent, and what it sees and does", () => {
  const model = written(values(discrete(3, 5)));
  expect(model).toMatchObject({
    irVersion: 7,
    operatorSet: 13,
    producer: "bellwether",
    name: "dqn",
    doc: "The greedy policy of an agent trained by dqn.",
  });
  expect(model.metadata).toEqual({
    algorithm: "dqn",
    observationSpace: '{"kind":"box","shape":[3],"low":-1,"high":1,"dtype":"float32"}',
    actionSpace: '{"kind":"discrete","n":3,"start":5}',
    action: "the greedy action, 5 to 7",
  });
  expect(model.outputs.find(({ name }) => name === "action")?.doc).toBe("the greedy action, 5 to 7");
  expect(model.inputs[0].doc).toBe("as the environment shows it; the parts of a Dict one after the other");
});

test.each<[string, DescribedAgent, OnnxOptions, Record<string, string>, Record<string, string>]>([
  [
    "values",
    values(),
    { mask: true },
    { observation: "float32 batch,3", mask: "float32 batch,2" },
    { qValues: "float32 batch,2", action: "int32 batch" },
  ],
  [
    "a table",
    new QLearning({ observationSpace: discrete(5), actionSpace: discrete(2) }),
    {},
    { observation: "float32 batch" },
    { qValues: "float32 batch,2", action: "int32 batch" },
  ],
  [
    "a policy of several choices",
    policy(multiDiscrete([3, 2])),
    { mask: true, value: true },
    { observation: "float32 batch,3", mask: "float32 batch,5" },
    { value: "float32 batch,1", probabilities: "float32 batch,5", action: "int32 batch,2" },
  ],
  [
    "a policy of bits",
    policy(multiBinary(4)),
    {},
    { observation: "float32 batch,3" },
    { probabilities: "float32 batch,4", action: "int32 batch,4" },
  ],
  [
    "a policy of numbers, with a memory",
    policy(box(-1, 1, [2, 2]), { recurrent: { type: "gru", units: 6 } }),
    {},
    { observation: "float32 batch,3", state: "float32 batch,6" },
    {
      nextState: "float32 batch,6",
      mean: "float32 batch,4",
      deviation: "float32 batch,4",
      action: "float32 batch,2,2",
    },
  ],
])("inputs and outputs of %s have their types and shapes", (_, agent, options, inputs, outputs) => {
  const model = written(agent, options);
  expect(shapes(model.inputs)).toEqual(inputs);
  expect(shapes(model.outputs)).toEqual(outputs);
});

test("the value's network is written where it is asked for, and only there", () => {
  const agent = policy(discrete(2));
  const names = (options: OnnxOptions): string[] => written(agent, options).constants.map(({ name }) => name);
  expect(names({}).filter((name) => name.startsWith("value."))).toEqual([]);
  expect(names({ value: true })).toContain("value.0.weight");
});

test("what is no agent, or works elsewhere, is refused", () => {
  const message = (got: string): TypeError =>
    new TypeError(
      `toOnnx: agent expected one that describes itself, got ${got}. Pass an agent of the library; of one in a worker load the file that it saves.`,
    );
  expect(() => toOnnx(undefined as never)).toThrow(message("undefined"));
  expect(() => toOnnx(null as never)).toThrow(message("null"));
  expect(() => toOnnx({ algorithm: "dqn" } as never)).toThrow(message("Object"));
});

test("wrong options are refused", () => {
  const agent = values();
  expect(() => toOnnx(agent, { masks: true } as never)).toThrow(
    new RangeError('toOnnx: option expected a known name, got "masks". Did you mean mask?'),
  );
  expect(() => toOnnx(agent, { mask: 1 } as never)).toThrow(
    new TypeError("toOnnx: mask expected true or false, got 1. Leave it out for false."),
  );
  expect(() => toOnnx(agent, { value: "yes" } as never)).toThrow(
    new TypeError('toOnnx: value expected true or false, got "yes". Leave it out for false.'),
  );
  expect(() => toOnnx(agent, { value: true })).toThrow(
    new TypeError("toOnnx: value expected false for dqn, got true. It learns no value beside its actions."),
  );
  expect(() => toOnnx(policy(box(-1, 1, [2])), { mask: true })).toThrow(
    new TypeError("toOnnx: mask expected false for box actions, got true. Only numbered options can be forbidden."),
  );
});

test("an agent that was disposed of is refused", () => {
  const agent = values();
  agent.dispose();
  expect(() => toOnnx(agent)).toThrow(
    new StateError("describe: agent expected to be in use, got one that was disposed of. Build a new one."),
  );
});

/** The reference backend as a device would be: numbers come when they are asked for. */
function deviceOf(): Backend {
  const backend = reference();
  const device = {
    submit: () => {},
    retrieve: async () => {},
    retrieved: backend.readParameter.bind(backend),
    release: () => {},
  };
  return Object.defineProperty(backend, "device", { value: device });
}

test("an agent that learns on a device is written as of its last sync, and refused without one", async () => {
  const workplace = { observationSpace: SEEN, actionSpace: discrete(2) };
  const agent = new DQN(workplace, { preset: false, seed: 1, network, backend: deviceOf });
  expect(() => toOnnx(agent)).toThrow(
    new StateError(
      "describe: run expected as the device has it, got updates since the last sync (0 made). Call await agent.sync() first.",
    ),
  );
  await agent.sync();
  expect(Buffer.compare(toOnnx(agent), toOnnx(values()))).toBe(0);
});

/** An agent of another make. */
const described = (describe: DescribedAgent["describe"]): DescribedAgent => ({
  algorithm: "own",
  observationSpace: SEEN,
  actionSpace: discrete(2),
  describe,
});

test("an agent of another make is written as it describes itself", () => {
  const agent = described((graph, observation) => {
    const sums = graph.node("MatMul", [observation, graph.constant([1, 0, 0, 1, 1, 1], [3, 2])]);
    graph.output("sums", sums, 2);
    return graph.argmax(sums, [2]);
  });
  expect(shapes(written(agent, { mask: true }).outputs)).toEqual({ sums: "float32 batch,2", action: "int32 batch" });
});

test("an agent with a part that does not describe itself is refused", () => {
  expect(() => toOnnx(described(() => null))).toThrow(
    new UnsupportedError(
      "toOnnx: agent expected parts that describe themselves, got own with an actor or an encoder that does not. Give it a method describe, see docs/onnx.md.",
    ),
  );
});

test("a mask for an actor that takes no notice of one is refused", () => {
  const agent = described((graph, observation) => graph.node("ArgMax", [observation], { axis: 1 }));
  expect(() => toOnnx(agent, { mask: true })).toThrow(
    new TypeError("toOnnx: mask expected false for own, got true. Its actor takes no notice of one."),
  );
});

test("a part of an agent of ours that does not describe itself makes it say so", () => {
  const agent = values();
  const { actor } = (agent as never as { composition: { actor: object } }).composition;
  Object.defineProperty(actor, "describe", { value: undefined });
  expect(() => toOnnx(agent)).toThrow(UnsupportedError);
});
