// The page: choices above, the policy playing and what is known of the training below.

import { connect, make, type Progress, type RemoteAgent, type RemoteWorker, type RunSummary } from "bellwether";
import { AGENTS } from "./agents.ts";
import { Chart } from "./chart.ts";
import { algorithms, type Choice, DEFAULTS, environments, presets, usualAlgorithm } from "./environments.ts";
import { SettingsForm } from "./settings-form.ts";
import { Stage } from "./stage.ts";
import { ThinnedCurve } from "./thinned-curve.ts";
import { Training } from "./training.ts";
import { ValueBars } from "./value-bars.ts";

/** What the two small charts show: the first that the agent tells of, and its title. */
const LOSSES = [
  ["loss", "Loss"],
  ["absTdError", "TD error"],
  ["valueLoss", "Loss of the values"],
] as const;
const EXPLORATION = [
  ["epsilon", "Exploration, epsilon"],
  ["entropy", "Exploration, entropy"],
] as const;
/** Episodes in the smoothed curve of returns. */
const SMOOTHED = 20;

function element<Kind extends HTMLElement>(id: string): Kind {
  return document.getElementById(id) as Kind;
}

const choice = {
  environment: element<HTMLSelectElement>("environment"),
  algorithm: element<HTMLSelectElement>("algorithm"),
  preset: element<HTMLSelectElement>("preset"),
};
const button = {
  train: element<HTMLButtonElement>("train"),
  step: element<HTMLButtonElement>("step"),
  over: element<HTMLButtonElement>("over"),
  save: element<HTMLButtonElement>("save"),
  load: element<HTMLButtonElement>("load"),
};
const form = new SettingsForm(element("fields"));
const stage = new Stage(document.getElementById("picture")!, element("play"), new ValueBars(element("bars")));
const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

const returns = new ThinnedCurve();
const means = new ThinnedCurve();
const loss = new ThinnedCurve();
const exploration = new ThinnedCurve();
let recent: number[] = [];
/** Where the charts begin: a loaded agent has a past. */
let firstStep = 0;

const charts = {
  returns: new Chart(element("return-chart"), {
    lines: [
      { color: "--faint", width: 1 },
      { color: "--accent", width: 2.5 },
    ],
    describe: () => `Episode return over ${returns.x.at(-1) ?? 0} steps; ${element("return-value").textContent}`,
  }),
  loss: new Chart(element("loss-chart"), {
    lines: [{ color: "--warm", width: 1.5 }],
    least: 0,
    describe: () => `Loss, lately ${element("loss-value").textContent}`,
  }),
  exploration: new Chart(element("exploration-chart"), {
    lines: [{ color: "--accent", width: 1.5, fill: "--wash" }],
    least: 0,
    describe: () => `${element("exploration-title").textContent}, now ${element("exploration-value").textContent}`,
  }),
};

let remote: RemoteWorker;
let training: Training | undefined;
/** Whether what the fields say was refused: the agent has other settings then. */
let isRefused = false;
/** The one change of agent that is under way: another waits for it. */
let changing: Promise<void> = Promise.resolve();

// --- what happened ---------------------------------------------------------------------------------------------------

function onPiece(run: RunSummary, progress: Progress | undefined): void {
  for (const [i, value] of run.episodeReturns.entries()) {
    recent.push(value);
    if (recent.length > SMOOTHED) recent.shift();
    returns.add(run.episodeEnds[i], value);
    means.add(run.episodeEnds[i], recent.reduce((sum, each) => sum + each, 0) / recent.length);
  }
  if (progress !== undefined) {
    const { metrics, envSteps } = progress;
    for (const [curve, name, place] of [
      [loss, LOSSES, "loss"],
      [exploration, EXPLORATION, "exploration"],
    ] as const) {
      const [known, title] = name.find(([each]) => each in metrics) ?? ["", name[0][1]];
      const value = metrics[known] ?? Number.NaN;
      element(`${place}-title`).textContent = title;
      if (Number.isFinite(value)) curve.add(envSteps, value);
      element(`${place}-value`).textContent = Number.isFinite(value) ? short.format(value) : "after the warm-up";
    }
    element("mean").textContent = Number.isNaN(progress.meanReturn) ? "–" : short.format(progress.meanReturn);
  }
  if (run.envSteps > 1) element("rate").textContent = whole.format(run.envSteps / run.seconds);
  showCounters();
  drawCharts();
}

function showCounters(): void {
  if (training === undefined) return;
  const { agent, targetSteps } = training;
  element("steps").textContent = whole.format(agent.envSteps);
  element("episodes").textContent = whole.format(agent.episodes);
  element<HTMLProgressElement>("progress").value = agent.envSteps / targetSteps;
}

function drawCharts(): void {
  const last = means.y.at(-1);
  element("return-value").textContent = last === undefined ? "" : `mean of ${SMOOTHED}: ${short.format(last)}`;
  const span = [firstStep, Math.max(firstStep + 1, training?.agent.envSteps ?? 0)] as const;
  charts.returns.show(span, returns.x, returns.y, means.y);
  charts.loss.show(span, loss.x, loss.y);
  charts.exploration.show(span, exploration.x, exploration.y);
}

function onState(state: "paused" | "running" | "finished"): void {
  const isRunning = state === "running";
  button.train.textContent = isRunning
    ? "Pause"
    : training !== undefined && training.agent.envSteps > 0
      ? "Resume"
      : "Train";
  button.train.classList.toggle("running", isRunning);
  stage.playing = state !== "paused";
  const { agent } = training!;
  element("status").textContent = isRunning
    ? "Training."
    : `${state === "finished" ? "Finished" : "Paused"} after ${agent.envSteps} steps and ${agent.episodes} episodes.`;
}

function complain(error: unknown): void {
  const alert = element("alert");
  alert.textContent = error instanceof Error ? error.message : String(error);
  alert.hidden = false;
}

// --- which agent -----------------------------------------------------------------------------------------------------

/**
 * Replaces the agent by what `build` makes, once earlier replacements are done.
 * @param fields "kept" while somebody is at them: new ones would take the focus away
 */
function change(build: () => Promise<RemoteAgent>, fields: "kept" | "new" = "new"): Promise<void> {
  changing = changing.then(async () => {
    element("alert").hidden = true;
    try {
      await training?.pause();
      const agent = await build();
      await training?.dispose();
      training = new Training(agent, { piece: onPiece, state: onState, failure: complain });
      for (const curve of [returns, means, loss, exploration]) curve.clear();
      recent = [];
      firstStep = agent.envSteps;
      for (const id of ["mean", "rate"]) element(id).textContent = "–";
      for (const id of ["loss-value", "exploration-value"]) element(id).textContent = "";
      const hasValues = "qValues" in AGENTS[agent.algorithm].prototype;
      element("values-title").textContent = hasValues ? "Q-values of this state" : "The action of this state";
      element("note").hidden = true;
      isRefused = false;
      if (fields === "new") form.show(agent.settings);
      showCounters();
      drawCharts();
      onState("paused");
      await stage.show(choice.environment.value, agent);
    } catch (error) {
      isRefused = fields === "kept";
      complain(error);
    }
  });
  return changing;
}

/** The agent of the three choices. */
function choose(): Promise<void> {
  const { environment, algorithm, preset } = choice;
  const id = environment.value;
  const options = preset.value === DEFAULTS ? { preset: false } : { preset: preset.value };
  const count = AGENTS[algorithm.value].environments(make(id), options);
  return change(() => remote.create(algorithm.value, options, { env: { id, count } }));
}

/** An agent of the settings in the form. */
function startOver(fields: "kept" | "new"): Promise<void> {
  const algorithm = choice.algorithm.value;
  const id = choice.environment.value;
  // Read now: the fields may be others when the turn comes.
  const settings = Promise.resolve().then(() => ({ ...form.read(), preset: false }));
  settings.catch(() => {});
  return change(async () => {
    const options = await settings;
    const count = AGENTS[algorithm].environments(make(id), options);
    return remote.create(algorithm, options, { env: { id, count } });
  }, fields);
}

async function load(file: File): Promise<void> {
  const bytes = new Uint8Array(await file.arrayBuffer());
  // `save` below puts the environment into the name; a file of another name belongs to the chosen one.
  const named = [...choice.environment.options].map(({ value }) => value).find((id) => file.name.includes(`-${id}-`));
  const id = named ?? choice.environment.value;
  await change(async () => {
    // How many environments the run had is in the file: an agent without any reads it.
    const { observationSpace, actionSpace } = make(id);
    const read = await remote.load(bytes, { observationSpace, actionSpace });
    const count = read.settings.environments as number;
    await read.dispose();
    const agent = await remote.load(bytes, { env: { id, count } }, { transfer: true });
    choice.environment.value = id;
    fill(choice.algorithm, algorithms(id), agent.algorithm);
    fill(choice.preset, presets(id, agent.algorithm));
    return agent;
  });
}

async function save(): Promise<void> {
  await training!.pause();
  const { agent } = training!;
  const bytes = (await agent.save()) as Uint8Array<ArrayBuffer>;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([bytes], { type: "application/octet-stream" }));
  link.download = `${agent.algorithm}-${choice.environment.value}-${agent.envSteps}.safetensors`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// --- what people do --------------------------------------------------------------------------------------------------

function fill(select: HTMLSelectElement, choices: readonly Choice[], chosen?: string): void {
  const options = choices.map(({ value, label, title = "" }) => {
    const option = new Option(label, value, false, value === chosen);
    option.title = title;
    return option;
  });
  select.replaceChildren(...options);
}

function listen(): void {
  const { environment, algorithm, preset } = choice;
  environment.addEventListener("change", () => {
    const offered = algorithms(environment.value);
    const stays = offered.some(({ value }) => value === algorithm.value);
    fill(algorithm, offered, stays ? algorithm.value : usualAlgorithm(environment.value));
    fill(preset, presets(environment.value, algorithm.value));
    void choose();
  });
  algorithm.addEventListener("change", () => {
    fill(preset, presets(environment.value, algorithm.value));
    void choose();
  });
  preset.addEventListener("change", () => void choose());
  element("fields").addEventListener("change", () => {
    if (training?.agent.envSteps === 0 && !training.isRunning) void startOver("kept");
    else element("note").hidden = false;
  });
  element("setup").addEventListener("submit", (event) => event.preventDefault());

  button.train.addEventListener("click", () => {
    if (training?.isRunning) void training.pause();
    else if (isRefused) void startOver("kept");
    else training?.start();
  });
  button.step.addEventListener("click", () => {
    const steps = Promise.all([training?.step(), stage.step()]);
    void steps.then(() => onState("paused"));
  });
  button.over.addEventListener("click", () => void startOver("new"));
  button.save.addEventListener("click", () => void save().catch(complain));
  const file = element<HTMLInputElement>("file");
  button.load.addEventListener("click", () => file.click());
  file.addEventListener("change", () => {
    if (file.files?.[0] !== undefined) void load(file.files[0]);
    file.value = "";
  });
}

async function begin(): Promise<void> {
  const worker = new Worker(new URL("./agent-worker.ts", import.meta.url), { type: "module" });
  remote = await connect(worker);
  fill(choice.environment, environments(), "CartPole-v1");
  fill(choice.algorithm, algorithms("CartPole-v1"), usualAlgorithm("CartPole-v1"));
  fill(choice.preset, presets("CartPole-v1", choice.algorithm.value));
  listen();
  await choose();
  document.documentElement.dataset.ready = "yes";
}

begin().catch(complain);
