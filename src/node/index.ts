// The public API of "bellwether/node": storage and log files on disk.

export { DiskStorage } from "./disk-storage.ts";
export { FileSink } from "./file-sink.ts";
