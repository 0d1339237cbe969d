// The contract of every Storage, checked in any runtime.

import type { Storage } from "bellwether";

/** Checks a storage. @returns the broken promises; empty when all hold */
export async function storageFaults(storage: Storage, sizes: readonly number[]): Promise<string[]> {
  const faults: string[] = [];
  const check = (holds: boolean, fact: string): void => {
    if (!holds) faults.push(fact);
  };
  const blob = (size: number, salt: number): Uint8Array => {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; i++) bytes[i] = (i * 31 + salt) % 251;
    return bytes;
  };
  const holds = async (name: string, expected: Uint8Array): Promise<boolean> => {
    const bytes = await storage.read(name);
    return bytes?.length === expected.length && bytes.every((byte, i) => byte === expected[i]);
  };

  check((await storage.read("a")) === undefined, "reads undefined where nothing is");
  await storage.delete("a");
  for (const [salt, size] of sizes.entries()) {
    await storage.write("a", blob(size, salt));
    check(await holds("a", blob(size, salt)), `reads ${size} bytes back after ${sizes[salt - 1] ?? "none"}`);
  }
  const mine = blob(10, 1);
  await storage.write("run/b", mine);
  mine.fill(0);
  check(await holds("run/b", blob(10, 1)), "shares no memory with its callers");
  for (const name of ["run/b/0", "run/é", "run/a", "z"]) await storage.write(name, blob(300, name.length));
  check((await storage.list()).join() === "a,run/a,run/b,run/b/0,run/é,z", "lists all names, sorted");
  check((await storage.list("run/")).join() === "run/a,run/b,run/b/0,run/é", "lists names by prefix");
  check((await storage.list("none")).length === 0, "lists nothing where nothing is");
  await storage.delete("run/b");
  check((await storage.read("run/b")) === undefined, "forgets what was deleted");
  check(await holds("run/b/0", blob(300, 7)), "deletes no blob whose name goes on");
  await Promise.all([storage.write("a", blob(400_000, 3)), storage.write("a", blob(200_000, 4))]);
  check((await holds("a", blob(400_000, 3))) || (await holds("a", blob(200_000, 4))), "keeps one of two writes whole");
  const [during] = await Promise.all([storage.read("a"), storage.write("a", blob(300_000, 5))]);
  check([200_000, 300_000, 400_000].includes(during?.length ?? 0), "gives a reader one blob or the other");
  for (const name of await storage.list()) await storage.delete(name);
  check((await storage.list()).length === 0, "is empty in the end");
  return faults;
}
