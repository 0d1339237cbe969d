// Records as a TensorBoard event file: TFRecord framing around hand-encoded protocol buffers, scalars only.
// Sources: tensorflow/core/lib/io/record_writer.h (framing), tensorflow/core/util/event.proto and
// tensorflow/core/framework/summary.proto (messages), RFC 3720 appendix B.4 (crc32c).
//
//   TFRecord | u64 length | u32 masked crc of the length | message | u32 masked crc of the message |
//   Event    1: double wall_time   2: int64 step   3: string file_version   5: Summary summary
//   Summary  1: repeated Value     Value  1: string tag   2: float simple_value

import { requireNumber } from "../errors.ts";
import type { Logger, LogRecord, LogSink } from "../logger.ts";

const FILE_VERSION = "brain.Event:2";
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Options of TensorboardLog. */
export interface TensorboardLogOptions {
  /** Returns the wall time of a record in seconds since 1970. Tests pass a fixed clock. @defaultValue the system's clock */
  readonly clock?: () => number;
}

/**
 * Writes log records as a TensorBoard event file. TensorBoard finds files with "tfevents" in their name: use
 * `tensorboardFileName`. Give every process its own file: a crash can leave half a record, which hides all later records in
 * the same file.
 */
export class TensorboardLog implements Logger {
  readonly #sink: LogSink;
  readonly #clock: () => number;
  #headed: boolean;

  /**
   * @param sink    destination of the bytes
   * @param options clock. Default: the system's clock.
   */
  constructor(sink: LogSink, options: TensorboardLogOptions = {}) {
    this.#sink = sink;
    this.#clock = options.clock ?? (() => Date.now() / 1000);
    this.#headed = (sink.existingBytes ?? 0) > 0;
  }

  /** Writes one record. @throws TypeError or RangeError for a step that is no integer at least 0 */
  log(record: LogRecord): void {
    const step = requireNumber(
      "TensorboardLog.log",
      "step",
      record.step,
      { min: 0, integer: true },
      "Pass environment steps.",
    );
    const time = field(
      1,
      FIXED64,
      littleEndian(8, (view) => view.setFloat64(0, this.#clock(), true)),
    );
    const summary = Object.entries(record.values).map(([tag, value]) => {
      const simpleValue = littleEndian(4, (view) => view.setFloat32(0, value, true));
      return lengthDelimited(1, concat([lengthDelimited(1, utf8(tag)), field(2, FIXED32, simpleValue)]));
    });
    const event = concat([time, field(2, VARINT, varint(step)), lengthDelimited(5, concat(summary))]);
    const chunks = [frame(event)];
    if (!this.#headed) chunks.unshift(frame(concat([time, lengthDelimited(3, utf8(FILE_VERSION))])));
    this.#headed = true;
    this.#sink.write(concat(chunks));
  }

  /** Flushes the sink. */
  flush(): void | Promise<void> {
    return this.#sink.flush?.();
  }

  /** Closes the sink. */
  close(): void | Promise<void> {
    return this.#sink.close?.();
  }
}

/**
 * Returns a file name that TensorBoard finds and sorts: "events.out.tfevents.1700000000.bellwether".
 * @param seconds seconds since 1970; give each process that writes into one folder a different number. Default: now.
 */
export function tensorboardFileName(seconds: number = Date.now() / 1000): string {
  return `events.out.tfevents.${Math.floor(seconds)}.bellwether`;
}

function frame(message: Uint8Array): Uint8Array {
  const length = littleEndian(8, (view) => view.setBigUint64(0, BigInt(message.length), true));
  return concat([length, maskedCrc(length), message, maskedCrc(message)]);
}

/** Returns the masked checksum of the TFRecord format. The mask avoids checksums of bytes that contain a checksum. */
function maskedCrc(bytes: Uint8Array): Uint8Array {
  const crc = crc32c(bytes);
  return littleEndian(4, (view) => view.setUint32(0, ((crc >>> 15) | (crc << 17)) + 0xa282ead8, true));
}

/** The Castagnoli polynomial, bits reversed. */
const CRC32C_POLYNOMIAL = 0x82f63b78;
let crcTable: Uint32Array | undefined;

/** Returns the CRC-32C of `bytes` as an unsigned 32-bit integer. */
export function crc32c(bytes: Uint8Array): number {
  crcTable ??= Uint32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ CRC32C_POLYNOMIAL : crc >>> 1;
    return crc;
  });
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ crcTable[(crc ^ byte) & 0xff];
  return (crc ^ 0xffffffff) >>> 0;
}

function field(number: number, wireType: number, payload: Uint8Array): Uint8Array {
  return concat([Uint8Array.of((number << 3) | wireType), payload]);
}

function lengthDelimited(number: number, payload: Uint8Array): Uint8Array {
  return field(number, BYTES, concat([varint(payload.length), payload]));
}

/** Encodes an integer as a protocol-buffer varint. It divides instead of shifting, because a step may exceed 32 bits. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 128; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

function littleEndian(size: number, write: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size);
  write(new DataView(bytes.buffer));
  return bytes;
}

function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}
