// What needs a file system: the public face of "bellwether/node".

export { DiskStorage } from "./disk-storage.ts";
export { FileSink } from "./file-sink.ts";
