import { describe, expect, test } from "vitest";
import { MemoryStorage } from "../../src/formats/memory-storage.ts";

describe("MemoryStorage", () => {
  test("reads what was written, replaces it, and forgets what was deleted", async () => {
    const storage = new MemoryStorage();
    expect(await storage.read("a")).toBeUndefined();
    await storage.write("a", Uint8Array.of(1, 2));
    await storage.write("a", Uint8Array.of(3));
    expect(await storage.read("a")).toEqual(Uint8Array.of(3));
    await storage.delete("a");
    await storage.delete("a");
    expect(await storage.read("a")).toBeUndefined();
  });

  test("shares no memory with its callers", async () => {
    const storage = new MemoryStorage();
    const bytes = Uint8Array.of(1);
    await storage.write("a", bytes);
    bytes[0] = 2;
    const first = await storage.read("a");
    first?.fill(3);
    expect(await storage.read("a")).toEqual(Uint8Array.of(1));
  });

  test("lists names by prefix, sorted", async () => {
    const storage = new MemoryStorage();
    for (const name of ["run/b", "run/a", "other"]) await storage.write(name, new Uint8Array(0));
    expect(await storage.list()).toEqual(["other", "run/a", "run/b"]);
    expect(await storage.list("run/")).toEqual(["run/a", "run/b"]);
  });

  test("rejects bad names in every call, and values that are no bytes", async () => {
    const storage = new MemoryStorage();
    await expect(storage.read("../a")).rejects.toThrow("MemoryStorage.read: name expected");
    await expect(storage.write("../a", new Uint8Array(0))).rejects.toThrow("MemoryStorage.write: name expected");
    await expect(storage.delete("../a")).rejects.toThrow("MemoryStorage.delete: name expected");
    await expect(storage.write("a", "x" as unknown as Uint8Array)).rejects.toThrow(
      "MemoryStorage.write: bytes expected",
    );
  });
});
