// A Storage on disk: one file per blob under a root folder.
// Invariant: at every instant, power loss included, a name holds either its old bytes or its new bytes. The new bytes
// are written to a temporary file beside the old one, flushed, and renamed over it; then the folder is flushed.

import { randomUUID } from "node:crypto";
import * as nodeFileSystem from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { requireBlob, requireStorageName, UNFINISHED_SUFFIX } from "../formats/storage-name.ts";
import type { Storage } from "../storage.ts";

/** The part of node:fs/promises that is used; a test passes one that fails. @internal */
export type FileSystem = Pick<
  typeof nodeFileSystem,
  "mkdir" | "open" | "readdir" | "rename" | "rm" | "stat" | "unlink"
>;

/** Reads of one call stay below the two GiB that a system call takes. */
const READ_BYTES = 1 << 30;
const ABSENT = new Set(["ENOENT", "ENOTDIR"]);
/** What systems answer that cannot flush a folder (Windows, some network disks): there is nothing more to be done. */
const CANNOT_FLUSH_FOLDER = new Set(["EACCES", "EBADF", "EINVAL", "EISDIR", "ENOTSUP", "EPERM"]);

/**
 * @param root folder of the blobs, made on the first write. Unfinished files of a killed process end in "~", are never
 *   listed, and may be deleted by hand.
 *
 * Because folders are real here, a name cannot be both a blob and the beginning of another ("a" and "a/b").
 */
export class DiskStorage implements Storage {
  readonly #root: string;
  readonly #files: FileSystem;

  constructor(root: string, fileSystem: FileSystem = nodeFileSystem) {
    if (typeof root !== "string" || root === "") {
      throw new TypeError(
        `DiskStorage: root expected the path of a folder, got ${JSON.stringify(root)}. Pass "." for this one.`,
      );
    }
    this.#root = resolve(root);
    this.#files = fileSystem;
  }

  /** @throws Error when the file exists but cannot be read whole */
  async read(name: string): Promise<Uint8Array | undefined> {
    const path = this.#path("DiskStorage.read", name);
    const file = await unlessAbsent(this.#files.open(path, "r"));
    if (file === undefined) return undefined;
    try {
      const info = await file.stat();
      if (!info.isFile()) return undefined;
      // Not readFile: it stops at two GiB on Node 20, and its pooled buffers are unaligned, which costs decoders a copy.
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
   * @param bytes must not change until the promise settles
   * @throws Error with the system's error as its cause; the previous blob is then intact
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
      // Whatever stopped the write is the error to report, not a failure of the clean-up after it.
      await this.#files.rm(unfinished, { force: true }).catch(() => undefined);
      throw new Error(
        `DiskStorage.write: ${JSON.stringify(name)} expected to be written whole, got ${reason(cause)}. ` +
          "The previous file, if any, is intact; check free space and permissions.",
        { cause },
      );
    }
    await this.#flushFolders(name, dirname(path), firstMade);
  }

  async delete(name: string): Promise<void> {
    const path = this.#path("DiskStorage.delete", name);
    const info = await unlessAbsent(this.#files.stat(path));
    if (info === undefined || info.isDirectory()) return;
    await unlessAbsent(this.#files.unlink(path));
    await this.#flushFolders(name, dirname(path), undefined);
  }

  async list(prefix: string = ""): Promise<string[]> {
    const names: string[] = [];
    const folders = [this.#root];
    for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
      for (const entry of (await unlessAbsent(this.#files.readdir(folder, { withFileTypes: true }))) ?? []) {
        const path = join(folder, entry.name);
        const name = relative(this.#root, path).split(sep).join("/");
        // A folder that neither continues the prefix nor lies under it holds nothing to list.
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

  /** Flushes the folder that holds the changed entry, and those above it that hold newly made folders. */
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

/** The system's words without its paths: "ENOSPC: no space left on device, write". */
function reason(error: unknown): string {
  return error instanceof Error ? error.message.replace(/ '.*$/, "") : String(error);
}

function cutOff(name: string, expected: number, got: number): Error {
  return new Error(
    `DiskStorage.read: ${JSON.stringify(name)} expected ${expected} bytes, got ${got}. Something else shortened the file; read it again.`,
  );
}
