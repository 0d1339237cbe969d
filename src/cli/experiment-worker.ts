// The thread of one run of an experiment.

import type { RunConfiguration } from "../experiments/run-result.ts";
import { runExperiment } from "./experiment-run.ts";
import { serveTask } from "./worker-pool.ts";

await serveTask((config: RunConfiguration, report) => runExperiment(config, report));
