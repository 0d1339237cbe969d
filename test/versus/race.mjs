// Something to measure that needs no packages: counting on from a number, by the libraries in fakes/.

export const FOLDER = "fakes";
export const LIBRARIES = ["ours", "slow", "promising", "absent"];

export function open(library, task) {
  return library.start(task);
}

/** @returns how far both counted together */
export function agree(ours, theirs, { from }, library) {
  if (ours !== theirs) throw new Error(`race: the count of ${library} expected ${ours}, got ${theirs}`);
  return ours + theirs - 2 * from;
}
