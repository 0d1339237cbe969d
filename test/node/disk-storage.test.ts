import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import * as files from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { DiskStorage, type FileSystem } from "../../src/node/disk-storage.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "disk-storage-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function systemError(code: string, words: string): Error {
  return Object.assign(new Error(`${code}: ${words}, write '/somewhere/secret'`), { code });
}

/** A file system whose opened files are changed by `change`. */
function withFiles(change: (handle: files.FileHandle, path: string) => void): FileSystem {
  return {
    ...files,
    open: async (path, flags) => {
      const handle = await files.open(path, flags);
      change(handle, String(path));
      return handle;
    },
  };
}

describe("DiskStorage", () => {
  test("reads what was written, replaces it, and forgets what was deleted", async () => {
    const storage = new DiskStorage(join(root, "made/on/demand"));
    expect(await storage.list()).toEqual([]);
    expect(await storage.read("run/a.bin")).toBeUndefined();
    await storage.write("run/a.bin", Uint8Array.of(1, 2));
    await storage.write("run/a.bin", Uint8Array.of(3));
    expect(await storage.read("run/a.bin")).toEqual(Uint8Array.of(3));
    expect(readdirSync(join(root, "made/on/demand/run"))).toEqual(["a.bin"]);
    await storage.delete("run/a.bin");
    await storage.delete("run/a.bin");
    expect(await storage.read("run/a.bin")).toBeUndefined();
  });

  test("lists names by prefix with slashes, sorted, without unfinished files", async () => {
    const storage = new DiskStorage(root);
    for (const name of ["run/b/x", "run/a", "run2/c", "other"]) await storage.write(name, new Uint8Array(1));
    writeFileSync(join(root, "run", "a.1234abcd~"), "half");
    expect(await storage.list()).toEqual(["other", "run/a", "run/b/x", "run2/c"]);
    expect(await storage.list("run/")).toEqual(["run/a", "run/b/x"]);
    expect(await storage.list("ru")).toEqual(["run/a", "run/b/x", "run2/c"]);
    expect(await storage.list("run/b/x")).toEqual(["run/b/x"]);
    expect(await storage.list("zzz")).toEqual([]);
  });

  test("returns bytes at the start of a buffer of their own", async () => {
    const storage = new DiskStorage(root);
    await storage.write("a", new Uint8Array(100));
    const bytes = await storage.read("a");
    expect(bytes?.byteOffset).toBe(0);
    expect(bytes?.buffer.byteLength).toBe(100);
  });

  test("takes a folder for no blob", async () => {
    const storage = new DiskStorage(root);
    mkdirSync(join(root, "folder"));
    expect(await storage.read("folder")).toBeUndefined();
    await storage.delete("folder");
    expect(existsSync(join(root, "folder"))).toBe(true);
    await storage.write("a", new Uint8Array(1));
    expect(await storage.read("a/b")).toBeUndefined();
    await expect(storage.write("a/b", new Uint8Array(1))).rejects.toThrow(
      'DiskStorage.write: "a/b" expected to be written whole, got',
    );
  });

  test("keeps the old blob and leaves nothing behind when the disk is full", async () => {
    await new DiskStorage(root).write("a", Uint8Array.of(1, 2, 3));
    const full = new DiskStorage(
      root,
      withFiles((handle) => {
        handle.writeFile = async () => {
          await handle.write(Uint8Array.of(9));
          throw systemError("ENOSPC", "no space left on device");
        };
      }),
    );
    await expect(full.write("a", Uint8Array.of(4, 5, 6))).rejects.toThrow(
      new Error(
        'DiskStorage.write: "a" expected to be written whole, got ENOSPC: no space left on device, write. ' +
          "The previous file, if any, is intact; check free space and permissions.",
      ),
    );
    expect(readdirSync(root)).toEqual(["a"]);
    expect(await full.read("a")).toEqual(Uint8Array.of(1, 2, 3));
  });

  test.each(["sync", "close"] as const)("keeps the old blob when %s fails", async (call) => {
    await new DiskStorage(root).write("a", Uint8Array.of(1));
    const failing = new DiskStorage(
      root,
      withFiles((handle, path) => {
        if (!path.endsWith("~")) return;
        const real = handle[call].bind(handle);
        handle[call] = async () => {
          await real();
          throw systemError("EIO", "i/o error");
        };
      }),
    );
    await expect(failing.write("a", Uint8Array.of(2))).rejects.toThrow("got EIO: i/o error, write. The previous file");
    expect(readdirSync(root)).toEqual(["a"]);
    expect([...readFileSync(join(root, "a"))]).toEqual([1]);
  });

  test("flushes the file before the rename and the folders after it", async () => {
    const order: string[] = [];
    const watched: FileSystem = {
      ...withFiles((handle, path) => {
        const sync = handle.sync.bind(handle);
        handle.sync = async () => {
          order.push(`sync ${path.endsWith("~") ? "file" : path.slice(root.length)}`);
          await sync();
        };
      }),
      rename: async (from, to) => {
        order.push("rename");
        await files.rename(from, to);
      },
    };
    await new DiskStorage(root, watched).write("x/y/a", new Uint8Array(1));
    expect(order).toEqual(["sync file", "rename", "sync /x/y", "sync /x", "sync "]);
  });

  test("says so when a change may not survive a power loss, unless the system cannot flush folders", async () => {
    const failing = (code: string) =>
      new DiskStorage(
        root,
        withFiles((handle, path) => {
          if (path === root) handle.sync = async () => Promise.reject(systemError(code, "words"));
        }),
      );
    await expect(failing("EIO").write("a", Uint8Array.of(2))).rejects.toThrow(
      new Error(
        'DiskStorage: the change of "a" expected to be flushed to disk, got EIO: words, write. ' +
          "It is made but may not survive a power loss; check the disk.",
      ),
    );
    await failing("EINVAL").write("b", Uint8Array.of(2));
    expect(await failing("EINVAL").list()).toEqual(["a", "b"]);
  });

  test("refuses to return a file that shrinks while it is read", async () => {
    await new DiskStorage(root).write("a", new Uint8Array(8));
    const shrinking = new DiskStorage(
      root,
      withFiles((handle) => {
        handle.read = (async () => ({ bytesRead: 0 })) as unknown as typeof handle.read;
      }),
    );
    await expect(shrinking.read("a")).rejects.toThrow(
      new Error('DiskStorage.read: "a" expected 8 bytes, got 0. Something else shortened the file; read it again.'),
    );
  });

  test("passes on errors other than absence", async () => {
    const closed = new DiskStorage(root, { ...files, open: () => Promise.reject(systemError("EACCES", "denied")) });
    await expect(closed.read("a")).rejects.toThrow("EACCES");
  });

  test("rejects bad names in every call, values that are no bytes, and no root", async () => {
    const storage = new DiskStorage(root);
    await expect(storage.read("../a")).rejects.toThrow("DiskStorage.read: name expected");
    await expect(storage.write("../a", new Uint8Array(0))).rejects.toThrow("DiskStorage.write: name expected");
    await expect(storage.delete("../a")).rejects.toThrow("DiskStorage.delete: name expected");
    await expect(storage.write("a", [1] as unknown as Uint8Array)).rejects.toThrow("DiskStorage.write: bytes expected");
    expect(() => new DiskStorage("")).toThrow(
      new TypeError('DiskStorage: root expected the path of a folder, got "". Pass "." for this one.'),
    );
  });
});
