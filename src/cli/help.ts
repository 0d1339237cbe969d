// The texts of `--help`. docs/cli.md explains the same in more detail.

/** Placeholder for the list of registered algorithms. algorithm-list.ts makes that list from the classes. */
export const ALGORITHM_LIST = "{algorithms}";

export const PROGRAM_HELP = `bellwether: deep reinforcement learning from the command line

Usage: bellwether <command> [options]

  train <algorithm> <env>   train an agent, in a run folder of its own
  evaluate <run>            score a trained policy on fresh episodes
  play <run>                watch it, in the terminal or as an animated SVG
  plot <run> ...            learning curves of one or more runs as SVG
  export <run>              the policy in another program's format
  compare <spec>            algorithms x settings x seeds, with a report
  tune <spec>               search for settings
  envs                      the registered environments
  doctor                    what this machine offers, and a self-check

  --help                    this text; bellwether <command> --help for a command
  --version                 the version

Examples:
  bellwether train dqn CartPole-v1
  bellwether play runs/dqn-CartPole-v1-seed0
  bellwether envs

An <algorithm> or <env> is a registered name, or a file of your own: ./my-agent.mjs.
A <run> is a run folder (or, for evaluate, play and export, a .safetensors file).
Exit codes: 0 done, 1 failed, 2 wrong input, 130 interrupted.
`;

export const COMMAND_HELP: Readonly<Record<string, string>> = {
  train: `bellwether train <algorithm> <env> [options]
bellwether train --resume FOLDER

Trains an agent and keeps the policy that does best in evaluations on the way.

Algorithms, and the actions that they choose:
${ALGORITHM_LIST}

Environments: see bellwether envs.

Your own: ./my-agent.mjs, whose default or only class of agents is meant (or
./my-agent.mjs#Name), and ./my-env.mjs likewise, which exports an environment, or
a class or function that makes one from the options of --env-set.

What is trained:
  --steps N              environment steps; schedules scale with it  [the preset's]
  --seed N               seeds everything  [0]
  --preset NAME          named settings, or none  [the environment's own]
  --settings FILE        settings as a JSON object, as tune writes them
  --set KEY=VALUE        one setting, as often as needed; dots go into objects,
                         values are JSON where they parse as JSON
  --env-set KEY=VALUE    one option of the environment
  --backend NAME         wasm or reference  [wasm]
  --engine NAME          strict or relaxed: faster, other bits  [strict]

The run folder:
  --out FOLDER           [runs/<algorithm>-<env>-seed<seed>, then -2, -3, ...]
  --resume [FOLDER]      go on from the last checkpoint, bit for bit
  --force                start over in a folder that holds a run
  --checkpoint-every N   steps between checkpoints  [10000]
  --eval-every N         steps between evaluations; 0: none, nothing is kept  [2000]
  --eval-episodes N      episodes of each  [20]

What is printed:
  --json                 last line of stdout is the result as JSON; the rest goes to stderr
  --quiet                no progress

Ctrl-C stops between two steps, writes a checkpoint and says how to go on.

Examples:
  bellwether train dqn CartPole-v1
  bellwether train dqn CartPole-v1 --seed 3 --steps 20000 --set learningRate=0.0005
  bellwether train dqn CartPole-v1 --set 'network.hidden=[128,128]' --set epsilon.to=0.01
  bellwether train q-learning FrozenLake-v1 --env-set isSlippery=false
  bellwether train ./my-agent.mjs ./my-env.mjs --env-set size=8
  bellwether train --resume runs/dqn-CartPole-v1-seed0
`,
  evaluate: `bellwether evaluate <run> [options]

Scores a trained policy on greedy episodes; <run> is a run folder or a .safetensors file.

  --episodes N           [100]
  --seed N               of the first episode; the next has seed N + 1  [10000]
  --which kept|final     of a run folder: the kept policy or the last checkpoint  [kept]
  --env ID or FILE       environment, where no run folder says it
  --env-set KEY=VALUE    one option of the environment
  --algorithm FILE       your own algorithm, where no run folder says it
  --json                 print the result as JSON

Examples:
  bellwether evaluate runs/dqn-CartPole-v1-seed0 --episodes 1000
  bellwether evaluate policy.safetensors --env CartPole-v1 --json
`,
  play: `bellwether play <run> [options]

Shows a trained policy at work; <run> is a run folder or a .safetensors file.

  --episodes N           [1]
  --seed N               of the first episode  [10000]
  --fps N                frames a second  [30; 4 for grid and card games]
  --svg FILE             write an animated SVG instead
  --which kept|final     of a run folder  [kept]
  --env ID or FILE       environment, where no run folder says it
  --env-set KEY=VALUE    one option of the environment
  --algorithm FILE       your own algorithm, where no run folder says it

Where the output is no terminal, every frame is printed.

Examples:
  bellwether play runs/dqn-CartPole-v1-seed0
  bellwether play runs/dqn-CartPole-v1-seed0 --svg cart-pole.svg
`,
  plot: `bellwether plot <run> ... [options]

Draws learning curves as one SVG. One run: its training episodes and evaluations.
Several: one line each; runs that differ in their seed alone become their mean
and a band from the lowest to the highest.

  --out FILE             - for stdout  [<run>/curve.svg for one run, else curves.svg]
  --title TEXT           [the environment]

Examples:
  bellwether plot runs/dqn-CartPole-v1-seed0
  bellwether plot runs/dqn-CartPole-v1-seed* --out cart-pole.svg
`,
  export: `bellwether export <run> --onnx FILE [options]

Writes a trained policy as an ONNX model: observations in, what the greedy action
is taken from out. <run> is a run folder or a .safetensors file.

  --onnx FILE            where to write it
  --mask                 with an input that says which actions are allowed
  --value                with the value that a policy learned beside it as an output
  --which kept|final     of a run folder  [kept]
  --algorithm FILE       your own algorithm, where no run folder says it
  --env ID or FILE       environment, where no run folder says it

Examples:
  bellwether export runs/dqn-CartPole-v1-seed0 --onnx cart-pole.onnx
`,
  compare: `bellwether compare <spec> [options]
bellwether compare --list

Runs every arm of a specification on every environment and seed, several at a
time, and writes a report: curves with bootstrap bands, interquartile means with
95 % intervals, every seed, the exact configuration. <spec> is a JSON file or the
name of a shipped one; the format is in docs/experiments.md.

Algorithms, and the actions that they choose (files of your own are relative to
the specification's):
${ALGORITHM_LIST}

  --out FOLDER           [experiments/<name of the spec>]
  --jobs N               runs at a time  [the number of processors]
  --seeds N or A,B,...   in place of the spec's: a count, or the seeds
  --steps N              in place of the spec's, for a first try
  --report-only          run nothing, report what is finished
  --list                 the shipped specifications
  --print                print the specification, to start one of your own
  --json                 last line of stdout is the result as JSON
  --quiet                no progress

Finished runs are kept: after Ctrl-C, a kill or a change of the specification the
same command makes only the runs that are missing. Exit code 1 when a run failed.

Examples:
  bellwether compare replay-stability
  bellwether compare rainbow-ablation --seeds 2 --steps 5000
  bellwether compare ./my-spec.json --jobs 4
`,
  tune: `bellwether tune <spec> [options]
bellwether tune --list

Searches a space of settings (random, successive halving, hyperband), runs the
best again on fresh seeds, and writes a report, a ranking and best.json for
bellwether train --settings. <spec> and options are those of bellwether compare.

  --out, --jobs, --seeds, --steps, --report-only, --list, --print, --json, --quiet

Examples:
  bellwether tune tune-cart-pole
  bellwether tune ./my-search.json --jobs 4
  bellwether train dqn CartPole-v1 --settings experiments/tune-cart-pole/best.json
`,
  envs: `bellwether envs [--json]

Lists the registered environments: observations, actions, step limit, the mean
return that counts as solved, and the algorithms that have a preset for it.
A preset under another name than the environment's is in brackets: --preset NAME.
`,
  doctor: `bellwether doctor [--json]

Says what this runtime and machine offer (SIMD, relaxed SIMD and whether its
multiply-add is really fused, threads, WebGPU), and trains for a moment on the
engine and without it: both must end in the same bits.
Exit code 1 when the library cannot work here.
`,
};
