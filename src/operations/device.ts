// Requests to a backend that works apart from the host, as a GPU does: its operations wait in line until they are submitted,
// and numbers come back by promises. On a CPU an operation is over when it returns.

import type { Parameters, Tensor } from "./handles.ts";

export interface DeviceOperations {
  /** Starts the operations asked for so far. @throws DeviceError when the device is gone */
  submit(): void;

  /**
   * Brings numbers to the host. Resolves when all operations asked for before are over; `readParameter` and `read` then give
   * these numbers at once, until an operation writes them again, and `latest` gives them until the next retrieval.
   * @throws DeviceError when the device is gone
   */
  retrieve(parameters: readonly Parameters[], tensors: readonly Tensor[]): Promise<void>;

  /** A fresh copy of what the last retrieval of the block brought, whatever was written since. @pre there was one */
  retrieved(parameters: Parameters, index: number): Float32Array;

  /** Gives the device's memory back; nothing can be asked afterwards. */
  release(): void;
}
