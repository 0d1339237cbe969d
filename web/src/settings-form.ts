// A form for the settings of any agent, made from the settings themselves: a field for each number, flag, list and
// schedule. What has no field (names of losses, null) passes through unchanged.

type Value = unknown;
type Settings = Readonly<Record<string, Value>>;

const LABELS: Readonly<Record<string, string>> = {
  seed: "Seed",
  totalSteps: "Steps in all",
  discount: "Discount",
  learningRate: "Learning rate",
  batchSize: "Batch size",
  capacity: "Replay capacity",
  warmupSteps: "Warm-up steps",
  trainIntervalSteps: "Steps per round of updates",
  updatesPerTrain: "Updates per round",
  targetIntervalUpdates: "Updates per target move",
  tau: "Target rate, tau",
  nStep: "Steps per target",
  environments: "Environments in step",
  maxGradientNorm: "Largest gradient norm",
  epsilon: "Epsilon",
  stepSize: "Step size",
  initialValue: "Initial value",
  double: "Double",
  dueling: "Dueling",
  rescaleObservations: "Rescale observations",
  "network.hidden": "Hidden layers",
  "network.layerNorm": "Layer norm",
};

const PARTS: Readonly<Record<string, string>> = {
  from: "start",
  to: "end",
  fraction: "share of the run",
  factor: "factor per episode",
  steps: "steps",
  exponent: "exponent",
};

interface Field {
  readonly path: readonly string[];
  readonly read: () => Value;
}

export class SettingsForm {
  readonly #place: HTMLElement;
  #settings: Settings = {};
  #fields: Field[] = [];

  constructor(place: HTMLElement) {
    this.#place = place;
  }

  show(settings: Settings): void {
    this.#settings = structuredClone(settings);
    this.#fields = [];
    const labels: HTMLElement[] = [];
    this.#visit(settings, [], labels);
    // Flags last: they are of another height.
    labels.sort((a, b) => Number(a.classList.contains("flag")) - Number(b.classList.contains("flag")));
    this.#place.replaceChildren(...labels);
  }

  /** @throws RangeError for a field that holds no number */
  read(): Record<string, Value> {
    const settings = structuredClone(this.#settings) as Record<string, Value>;
    for (const { path, read } of this.#fields) {
      const owner = path.slice(0, -1).reduce((part, name) => part[name] as Record<string, Value>, settings);
      owner[path.at(-1)!] = read();
    }
    return settings;
  }

  #visit(part: Settings, path: readonly string[], labels: HTMLElement[]): void {
    for (const [name, value] of Object.entries(part)) {
      const own = [...path, name];
      if (typeof value === "number") labels.push(this.#number(own, value));
      else if (typeof value === "boolean") labels.push(this.#flag(own, value));
      else if (Array.isArray(value)) labels.push(this.#list(own, value));
      else if (typeof value === "object" && value !== null) this.#visit(value as Settings, own, labels);
    }
  }

  #number(path: readonly string[], value: number): HTMLElement {
    const input = field("text", String(value));
    input.inputMode = "decimal";
    this.#fields.push({ path, read: () => toNumber(path, input.value) });
    return labelled(path, input, "before");
  }

  #list(path: readonly string[], value: readonly unknown[]): HTMLElement {
    const input = field("text", value.join(", "));
    const read = (): number[] =>
      input.value
        .split(/[\s,]+/)
        .filter(Boolean)
        .map((text) => toNumber(path, text));
    this.#fields.push({ path, read });
    return labelled(path, input, "before");
  }

  #flag(path: readonly string[], value: boolean): HTMLElement {
    const input = field("checkbox", "");
    input.checked = value;
    this.#fields.push({ path, read: () => input.checked });
    return labelled(path, input, "after");
  }
}

function field(type: string, value: string): HTMLInputElement {
  const input = document.createElement("input");
  input.type = type;
  input.value = value;
  return input;
}

function labelled(path: readonly string[], input: HTMLInputElement, text: "before" | "after"): HTMLElement {
  const label = document.createElement("label");
  input.name = path.join(".");
  if (text === "before") label.append(labelOf(path), input);
  else label.append(input, labelOf(path));
  label.classList.toggle("flag", text === "after");
  return label;
}

function labelOf(path: readonly string[]): string {
  const whole = LABELS[path.join(".")];
  if (whole !== undefined) return whole;
  const [name, ...parts] = path;
  const part = parts.at(-1);
  const title = LABELS[name] ?? words(name);
  return part === undefined ? title : `${title}: ${PARTS[part] ?? words(part).toLowerCase()}`;
}

/** "normalizeRewards" as "Normalize rewards". */
function words(name: string): string {
  const spaced = name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return spaced.charAt(0).toUpperCase() + spaced.slice(1);
}

function toNumber(path: readonly string[], text: string): number {
  const value = Number(text.trim() === "" ? Number.NaN : text);
  if (Number.isFinite(value)) return value;
  throw new RangeError(`${labelOf(path)} expected a number, got "${text}".`);
}
