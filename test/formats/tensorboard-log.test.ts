import { describe, expect, test } from "vitest";
import { crc32c, TensorboardLog, tensorboardFileName } from "../../src/formats/tensorboard-log.ts";

// An independent reader: bitwise CRC, generic protocol-buffer fields, no table and no code of the writer.

function slowCrc32c(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = crc & 1n ? (crc >> 1n) ^ 0x82f63b78n : crc >> 1n;
  }
  return Number(crc ^ 0xffffffffn);
}

function mask(crc: number): number {
  const value = BigInt(crc);
  return Number((((value >> 15n) | (value << 17n)) + 0xa282ead8n) & 0xffffffffn);
}

function readRecords(file: Uint8Array): Uint8Array[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const records: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(view.getBigUint64(at, true));
    expect(view.getUint32(at + 8, true)).toBe(mask(slowCrc32c(file.subarray(at, at + 8))));
    const data = file.subarray(at + 12, at + 12 + length);
    expect(view.getUint32(at + 12 + length, true)).toBe(mask(slowCrc32c(data)));
    records.push(data);
    at += 16 + length;
  }
  return records;
}

function readFields(message: Uint8Array): [number, bigint | Uint8Array][] {
  const fields: [number, bigint | Uint8Array][] = [];
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = Number(varint());
    const size = { 0: undefined, 1: 8, 5: 4 }[key & 7];
    if ((key & 7) === 0) fields.push([key >> 3, varint()]);
    else {
      const length = size ?? Number(varint());
      fields.push([key >> 3, message.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

const text = (bytes: bigint | Uint8Array) => new TextDecoder().decode(bytes as Uint8Array);
const double = (bytes: bigint | Uint8Array) => new DataView((bytes as Uint8Array).slice().buffer).getFloat64(0, true);
const float = (bytes: bigint | Uint8Array) => new DataView((bytes as Uint8Array).slice().buffer).getFloat32(0, true);

function logged(existingBytes: number, ...records: Parameters<TensorboardLog["log"]>[0][]): Uint8Array {
  const chunks: number[] = [];
  const sink = { existingBytes, write: (chunk: Uint8Array | string) => void chunks.push(...(chunk as Uint8Array)) };
  const log = new TensorboardLog(sink, { clock: () => 1700000000.25 });
  for (const record of records) log.log(record);
  return Uint8Array.from(chunks);
}

describe("TensorboardLog", () => {
  test("writes a version event, then each record as scalars that a reader finds again", () => {
    const file = logged(
      0,
      { step: 300, seconds: 1, values: { "rollout/return": 21.5, größe: Number.NaN } },
      { step: 2 ** 40 + 1, seconds: 2, values: {} },
    );
    const [version, event, empty] = readRecords(file).map(readFields);
    expect(version.map(([number]) => number)).toEqual([1, 3]);
    expect(double(version[0][1])).toBe(1700000000.25);
    expect(text(version[1][1])).toBe("brain.Event:2");

    expect(event.map(([number]) => number)).toEqual([1, 2, 5]);
    expect(double(event[0][1])).toBe(1700000000.25);
    expect(event[1][1]).toBe(300n);
    const values = readFields(event[2][1] as Uint8Array).map(([number, value]) => {
      const [[tagNumber, tag], [valueNumber, simple]] = readFields(value as Uint8Array);
      return [number, tagNumber, text(tag), valueNumber, float(simple)];
    });
    expect(values).toEqual([
      [1, 1, "rollout/return", 2, 21.5],
      [1, 1, "größe", 2, Number.NaN],
    ]);
    expect(empty[1][1]).toBe(2n ** 40n + 1n);
  });

  test("equals TensorFlow's bytes for the version event", () => {
    // tf.summary.create_file_writer begins every file with length 24 and these field tags.
    const file = logged(0, { step: 1, seconds: 0, values: {} });
    expect([...file.subarray(0, 8)]).toEqual([24, 0, 0, 0, 0, 0, 0, 0]);
    // The masked checksum of the length 24, as in the first bytes of every event file.
    expect([...file.subarray(8, 12)]).toEqual([0xa3, 0x7f, 0x4b, 0x22]);
    expect(file[12]).toBe(0x09);
    expect([...file.subarray(21, 23)]).toEqual([0x1a, 13]);
  });

  test("writes no second version event where there is one already", () => {
    expect(readRecords(logged(40, { step: 1, seconds: 0, values: {} }))).toHaveLength(1);
  });

  test("takes the system's clock by default and passes flush and close on", () => {
    const calls: string[] = [];
    let bytes = new Uint8Array(0);
    const log = new TensorboardLog({
      write: (chunk) => {
        bytes = chunk as Uint8Array<ArrayBuffer>;
      },
      flush: () => void calls.push("flush"),
      close: () => void calls.push("close"),
    });
    log.log({ step: 0, seconds: 0, values: {} });
    const time = double(readFields(readRecords(bytes)[0])[0][1]);
    expect(Math.abs(time - Date.now() / 1000)).toBeLessThan(60);
    log.flush();
    log.close();
    expect(calls).toEqual(["flush", "close"]);
  });

  test("refuses a step that is no whole number", () => {
    expect(() => logged(0, { step: 0.5, seconds: 0, values: {} })).toThrow(
      new RangeError("TensorboardLog.log: step expected an integer at least 0, got 0.5. Pass environment steps."),
    );
  });
});

test("tensorboardFileName makes a name that TensorBoard looks for", () => {
  expect(tensorboardFileName(1700000000.9)).toBe("events.out.tfevents.1700000000.bellwether");
  expect(tensorboardFileName()).toMatch(/^events\.out\.tfevents\.\d{10}\.bellwether$/);
});

test("crc32c agrees with the vectors of RFC 3720, B.4", () => {
  const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);
  expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
  expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
  expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
  expect(crc32c(ascending)).toBe(0x46dd794e);
  expect(crc32c(ascending.reverse())).toBe(0x113fdb5c);
  expect(crc32c(new Uint8Array(0))).toBe(0);
});
