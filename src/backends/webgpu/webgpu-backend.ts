// The backend for networks that are large enough to profit from a GPU. Every operation is one or a few kernels, which wait
// in a command stream (command-stream.ts). No result is available at once: agents act on a CPU backend and retrieve the
// weights from time to time (operations/device.ts). Float32 like the other backends, with sums in another order: see
// docs/webgpu.md.

import type { Backend } from "../../backend.ts";
import type { DeviceOperations } from "../../operations/device.ts";
import type { ParameterSpec, Parameters, Reading, Tensor } from "../../operations/handles.ts";
import { CommandStream } from "./command-stream.ts";
import { Commands } from "./commands.ts";
import { DeviceMemory } from "./device-memory.ts";
import type { GpuDevice } from "./gpu-types.ts";
import { GpuParameters, GpuTensor } from "./handles.ts";
import { WebGpuLayers } from "./layers.ts";
import { WebGpuOptimizers } from "./optimizers.ts";
import { WebGpuRandom } from "./random.ts";
import { type Range, Readback } from "./readback.ts";
import { WebGpuReplay } from "./replay.ts";
import { WebGpuRows } from "./rows.ts";
import { UnsupportedGroups, unsupported } from "./unsupported.ts";
import { WebGpuValueLoss } from "./value-loss.ts";
import { WebGpuVectors } from "./vectors.ts";

export class WebGpuBackend extends UnsupportedGroups implements Backend {
  readonly name = "webgpu";
  readonly device: DeviceOperations;
  readonly layers: WebGpuLayers;
  readonly rows: WebGpuRows;
  readonly vectors: WebGpuVectors;
  readonly valueLoss: WebGpuValueLoss;
  readonly optimizers: WebGpuOptimizers;
  readonly replay: WebGpuReplay;
  readonly random: WebGpuRandom;
  readonly #memory: DeviceMemory;
  readonly #stream: CommandStream;
  readonly #commands: Commands;
  readonly #readback: Readback;

  /** @param device belongs to the caller: `release` destroys buffers only */
  constructor(device: GpuDevice) {
    super();
    this.#memory = new DeviceMemory(device);
    this.#stream = new CommandStream(device, this.#memory);
    this.#readback = new Readback(device, this.#memory);
    const commands = new Commands(this.#stream, this.#memory);
    this.#commands = commands;
    this.layers = new WebGpuLayers(commands);
    this.rows = new WebGpuRows(commands);
    this.vectors = new WebGpuVectors(commands, this.#memory);
    this.valueLoss = new WebGpuValueLoss(commands);
    this.optimizers = new WebGpuOptimizers(commands);
    this.replay = new WebGpuReplay(commands, device);
    this.random = new WebGpuRandom(commands);
    this.device = {
      submit: () => this.#stream.submit(),
      retrieve: (parameters, tensors) => this.#retrieve(parameters as GpuParameters[], tensors as GpuTensor[]),
      retrieved: (parameters, index) => {
        const p = parameters as GpuParameters;
        return p.slice(p.retrieved!, index);
      },
      release: () => this.#release(),
    };
  }

  get bytes(): number {
    return this.#memory.bytes + this.replay.bytes;
  }

  tensor(rows: number, columns: number): Tensor {
    return new GpuTensor(rows, columns, this.#memory.allocate(rows * columns));
  }

  parameters(specs: readonly ParameterSpec[]): Parameters {
    return new GpuParameters(specs, (floats) => this.#memory.allocate(floats));
  }

  vector(): Tensor {
    throw unsupported("parameters as a tensor", "Use an agent of the DQN family");
  }

  write(tensor: Tensor, values: ArrayLike<number>, firstRow: number = 0): void {
    this.#commands.write(tensor, values, firstRow);
  }

  read(tensor: Tensor): Reading {
    const t = tensor as GpuTensor;
    if (t.isHost) return t.host?.slice() ?? new Float32Array(t.rows * t.columns);
    if (t.retrievedVersion === t.version) return t.retrieved!.slice();
    return this.#read([{ offset: this.#commands.input(t), length: t.rows * t.columns }]).then(([values]) => values);
  }

  latest(tensor: Tensor, column: number): number {
    const t = tensor as GpuTensor;
    return (t.isHost ? t.host : t.retrieved)?.[column] ?? 0;
  }

  latestRows(tensor: Tensor, rows: number, target: Float32Array, offset: number = 0): void {
    const t = tensor as GpuTensor;
    const known = t.isHost ? t.host : t.retrieved;
    for (let i = 0; i < rows * t.columns; i++) target[offset + i] = known?.[i] ?? 0;
  }

  writeParameter(parameters: Parameters, index: number, values: ArrayLike<number>): void {
    const p = parameters as GpuParameters;
    const given = values instanceof Float32Array ? values : Float32Array.from(values);
    this.#stream.submit();
    this.#memory.write(p.offsets[index], given, 0, given.length);
    p.version++;
  }

  readParameter(parameters: Parameters, index: number): Reading {
    const p = parameters as GpuParameters;
    if (p.retrievedVersion === p.version) return p.slice(p.retrieved!, index);
    return this.#read([p]).then(([block]) => p.slice(block, index));
  }

  #read(ranges: readonly Range[]): Promise<Float32Array[]> {
    this.#stream.submit();
    return this.#readback.read(ranges);
  }

  async #retrieve(parameters: readonly GpuParameters[], tensors: readonly GpuTensor[]): Promise<void> {
    const ranges = [
      ...parameters,
      ...tensors.map((t) => ({ offset: this.#commands.input(t), length: t.rows * t.columns })),
    ];
    const handles = [...parameters, ...tensors];
    const versions = handles.map(({ version }) => version);
    const values = await this.#read(ranges);
    for (const [i, handle] of handles.entries()) {
      handle.retrieved = values[i];
      handle.retrievedVersion = versions[i];
    }
  }

  #release(): void {
    this.#stream.release();
    this.#readback.release();
    this.#memory.release();
    this.replay.release();
  }
}
