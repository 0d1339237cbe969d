// The worker thread that makes one run of an experiment.

import { type ExperimentTask, runExperiment } from "./experiment-run.ts";
import { catchingStrays } from "./stray-failure.ts";
import { serveTask } from "./worker-pool.ts";

await serveTask((task: ExperimentTask, report) => catchingStrays(() => runExperiment(task, report)));
