// A Storage on disk: one file per blob under a root folder.
// Invariant: a name holds either its old bytes or its new bytes at every instant, even after a power loss. The new bytes are
// written to a temporary file and flushed. That file is renamed to the final name, then the folder is flushed.

import { randomUUID } from "node:crypto";
import * as nodeFileSystem from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { requireBlob, requireStorageName, UNFINISHED_SUFFIX } from "../formats/storage-name.ts";
import type { Storage } from "../storage.ts";

/** The used part of node:fs/promises. Tests pass a file system that fails. @internal */
export type FileSystem = Pick<
  typeof nodeFileSystem,
  "mkdir" | "open" | "readdir" | "rename" | "rm" | "stat" | "unlink"
>;

/** Most bytes of one read call: a system call takes less than two GiB. */
const READ_BYTES = 1 << 30;
const ABSENT = new Set(["ENOENT", "ENOTDIR"]);
/** Error codes of systems that cannot flush a folder (Windows, some network disks). These errors are ignored. */
const CANNOT_FLUSH_FOLDER = new Set(["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

/**
 * Storage on disk: one file per blob under a root folder. A write replaces the whole blob or changes nothing.
 *
 * A killed process can leave unfinished files that end in "~". They are never listed and may be deleted by hand. Names with
 * slashes become folders, so that a blob "a" and a blob "a/b" cannot both exist.
 */
export class DiskStorage implements Storage {
  readonly #root: string;
  readonly #files: FileSystem;

  /**
   * @param root folder of the blobs; created by the first write
   * @param fileSystem file system, for tests. Default: node:fs/promises.
   * @throws TypeError for a root that is no text
   */
  constructor(root: string, fileSystem: FileSystem = nodeFileSystem) {
    if (typeof root !== "string" || root === "") {
      throw new TypeError(
        `DiskStorage: root expected the path of a folder, got ${JSON.stringify(root)}. Pass "." for this one.`,
      );
    }
    this.#root = resolve(root);
    this.#files = fileSystem;
  }

  /** Reads a blob, or returns undefined when the name has no blob. @throws Error when the file cannot be read whole */
  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.#path("DiskStorage.read", name);
    const file = await unlessAbsent(this.#files.open(path, "r"));
    if (file === undefined) return undefined;
    try {
      const info = await file.stat();
      if (!info.isFile()) return undefined;
      // readFile stops at two GiB on Node 20. Its pooled buffers are also unaligned, which costs decoders a copy.
      const bytes = new Uint8Array(info.size);
      for (let offset = 0; offset < bytes.length; ) {
        const { bytesRead } = await file.read(bytes, offset, Math.min(bytes.length - offset, READ_BYTES), offset);
        if (bytesRead === 0) throw cutOff(name, bytes.length, offset);
        offset += bytesRead;
      }
      return bytes;
    } finally {
      await file.close();
    }
  }

  /**
   * Writes a blob; an existing blob of this name is replaced.
   * @param bytes content of the blob; do not change it before the promise settles
   * @throws Error with the system's error as its cause; the previous blob then remains
   */
  async write(name: string, bytes: Uint8Array): Promise<void> {
    const path = this.#path("DiskStorage.write", name);
    requireBlob("DiskStorage.write", bytes);
    const unfinished = `${path}.${randomUUID().slice(0, 8)}${UNFINISHED_SUFFIX}`;
    let firstMade: string | undefined;
    try {
      firstMade = await this.#files.mkdir(dirname(path), { recursive: true });
      const file = await this.#files.open(unfinished, "wx");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await this.#files.rename(unfinished, path);
    } catch (cause) {
      // The error of the write is reported. A failure of this clean-up is ignored.
      await this.#files.rm(unfinished, { force: true }).catch(() => undefined);
      throw new Error(
        `DiskStorage.write: ${JSON.stringify(name)} expected to be written whole, got ${reason(cause)}. ` +
          "The previous file, if any, is intact; check free space and permissions.",
        { cause },
      );
    }
    await this.#flushFolders(name, dirname(path), firstMade);
  }

  /** Deletes a blob. A missing blob is no error. */
  async delete(name: string): Promise<void> {
    const path = this.#path("DiskStorage.delete", name);
    const info = await unlessAbsent(this.#files.stat(path));
    if (info === undefined || info.isDirectory()) return;
    await unlessAbsent(this.#files.unlink(path));
    await this.#flushFolders(name, dirname(path), undefined);
  }

  /** Returns the names of all blobs that start with `prefix`, sorted. @param prefix beginning of the names. Default: "". */
  async list(prefix: string = ""): Promise<string[]> {
    const names: string[] = [];
    const folders = [this.#root];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of (await unlessAbsent(this.#files.readdir(folder, { withFileTypes: true }))) ?? []) {
        const path = join(folder, entry.name);
        const name = relative(this.#root, path).split(sep).join("/");
        // Only folders on the path of the prefix, or below it, can hold matching names.
        const onTheWay = `${name}/`.startsWith(prefix) || prefix.startsWith(`${name}/`);
        if (entry.isDirectory() && onTheWay) folders.push(path);
        if (entry.isFile() && name.startsWith(prefix) && !name.endsWith(UNFINISHED_SUFFIX)) names.push(name);
      }
    }
    return names.sort();
  }

  #path(where: string, name: string): string {
    return join(this.#root, ...requireStorageName(where, name).split("/"));
  }

  /** Flushes the folder of the changed file, and each folder above it in which a new folder was made. */
  async #flushFolders(name: string, folder: string, firstMade: string | undefined): Promise<void> {
    const last = firstMade === undefined ? folder : dirname(firstMade);
    for (let current = folder; ; current = dirname(current)) {
      try {
        const handle = await this.#files.open(current, "r");
        try {
          await handle.sync();
        } finally {
          await handle.close();
        }
      } catch (cause) {
        if (!CANNOT_FLUSH_FOLDER.has(codeOf(cause))) {
          throw new Error(
            `DiskStorage: the change of ${JSON.stringify(name)} expected to be flushed to disk, got ${reason(cause)}. ` +
              "It is made but may not survive a power loss; check the disk.",
            { cause },
          );
        }
      }
      if (current === last || current === dirname(current)) return;
    }
  }
}

async function unlessAbsent<T>(attempt: Promise<T>): Promise<T | undefined> {
  try {
    return await attempt;
  } catch (error) {
    if (ABSENT.has(codeOf(error))) return undefined;
    throw error;
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException | undefined)?.code ?? "";
}

/** Returns the system's message without paths: "ENOSPC: no space left on device, write". */
function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/ '.*$/, "") : String(error);
}

function cutOff(name: string, expected: number, got: number): Error {
  return new Error(
    `DiskStorage.read: ${JSON.stringify(name)} expected ${expected} bytes, got ${got}. Something else shortened the file; read it again.`,
  );
}
