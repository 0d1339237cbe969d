// Operations of a backend that works beside the host, such as a GPU. Its operations are collected until they are submitted,
// and numbers come back by promises. On a CPU an operation is over when it returns.

import type { Parameters, Tensor } from "./handles.ts";

/** Control of the device: start of its work, and transfer of numbers to the host. */
export interface DeviceOperations {
  /** Starts all operations collected so far. @throws DeviceError when the device is lost */
  submit(): void;

  /**
   * Copies numbers to the host. Resolves when all operations called before are over. `readParameter` and `read` then return
   * these numbers at once, until an operation writes new ones. `latest` returns them until the next retrieval.
   * @throws DeviceError when the device is lost
   */
  retrieve(parameters: readonly Parameters[], tensors: readonly Tensor[]): Promise<void>;

  /** Returns a fresh copy of array `index` as last retrieved, whatever was written since. @pre the block was retrieved */
  retrieved(parameters: Parameters, index: number): Float32Array;

  /** Releases the memory of the device. No operation may follow. */
  release(): void;
}
