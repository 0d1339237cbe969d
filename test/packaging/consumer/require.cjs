const { DQN, make } = require("bellwether");
const { registerArcade } = require("bellwether/arcade");
const { registerDiagnostics } = require("bellwether/diagnostics");
const { DiskStorage } = require("bellwether/node");
const relaxed = require("bellwether/relaxed").default;

const options = { seed: 1, preset: false, network: { hidden: [32, 32] }, capacity: 400, warmupSteps: 100 };
registerArcade();
registerDiagnostics();
make("Bricks-v0");
make("BitFlip-v0");
const agent = new DQN(make("CartPole-v1"), options);
agent.learnSync(400);
agent.weightsSha256().then((weights) => {
  console.log(JSON.stringify({ weights, storage: typeof DiskStorage, relaxed: relaxed.name }));
});
