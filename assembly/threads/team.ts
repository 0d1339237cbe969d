// Fork and join in shared memory. An operation is cut into parts, each of which writes numbers of its own, by the same
// instructions in the same order as alone: who does which part, and how many there are to do them, changes no bit. The caller
// takes parts as the others do, so that one who comes late, or never, costs time only if it holds a part.
//
// The block that a team talks through, each of its words in a cache line of its own, written by src/backends/threads/team.ts:
//   0 OPEN parts not taken | 64 PENDING parts not done | 128 SLEEPERS, STOP, LOST, CALLER_SLEEPS | 192 WORK, then arguments

const OPEN: usize = 0, PENDING: usize = 64, SLEEPERS: usize = 128, STOP: usize = 132, LOST: usize = 136, CALLER_SLEEPS: usize = 140;
const WORK: usize = 192, ARGUMENTS: usize = 200;

/** Loads of a word before one waits for it in earnest: some 30 us. */
const SPINS = 1 << 15;

/** Waits a little for PENDING, where a thread may; throws when somebody was lost. @param turn how often before in this fork */
// @ts-ignore: decorator
@external("env", "await_team")
declare function await_team(turn: i32): void;

let block: usize = 0;
let members: i32 = 1;
let worth: f64 = 0;
/** Which member runs this instance; 0 is the caller. */
let member: i32 = 0;

/** @param count of members, the caller among them @param least multiplications from which on an operation is cut up */
export function team_open(address: usize, count: i32, least: f64): void {
  block = address;
  members = count;
  worth = least;
}

/** Does parts of whatever is asked for until the team is stopped. @param index of this member, from 1 */
export function team_serve(address: usize, index: i32): void {
  block = address;
  member = index;
  while (!atomic.load<i32>(block, STOP)) {
    work();
    for (let spins = SPINS; spins > 0 && !atomic.load<i32>(block, OPEN); spins--) {}
    if (atomic.load<i32>(block, OPEN)) continue;
    atomic.add<i32>(block, 1, SLEEPERS);
    if (!atomic.load<i32>(block, STOP)) atomic.wait<i32>(block + OPEN, 0, -1);
    atomic.sub<i32>(block, 1, SLEEPERS);
  }
}

/** How many parts to make of `multiplications`, or of as much time: 1 where more do not pay. @param most there can be */
export function parts_of(multiplications: f64, most: i32): i32 {
  return members == 1 || multiplications < worth ? 1 : min(most, 8 * members);
}

export function member_count(): i32 { return members; }
export function this_member(): i32 { return member; }

/** Where part `part` of `parts` of n begins; parts begin at multiples of `unit`. */
export function begin_of(part: i32, parts: i32, n: i32, unit: i32): i32 {
  if (part == parts) return n;
  const units = (n + unit - 1) / unit;
  return <i32>(<i64>units * part / parts) * unit;
}

/** Arguments of the next fork, by place. */
// @ts-ignore: decorator
@inline
export function set_argument<T>(place: usize, value: T): void { store<T>(block + ARGUMENTS + (place << 2), value); }
// @ts-ignore: decorator
@inline
export function argument<T>(place: usize): T { return load<T>(block + ARGUMENTS + (place << 2)); }

/** Calls a function for 0 .. parts - 1, in no order, each in some member. @param index of the function, `f.index` */
export function fork(index: u32, parts: i32): void {
  if (atomic.load<i32>(block, LOST)) await_team(0);
  store<u32>(block, index, WORK);
  atomic.store<i32>(block, parts, PENDING);
  atomic.store<i32>(block, parts, OPEN);
  if (atomic.load<i32>(block, SLEEPERS)) atomic.notify(block + OPEN, -1);
  work();
  for (let spins = SPINS, turn = 0; atomic.load<i32>(block, PENDING); spins--) {
    if (spins > 0) continue;
    await_team(turn++);
    spins = SPINS;
  }
}

/** Takes parts until all are taken. What a part is is read after it was taken: it cannot change until the part is done. */
function work(): void {
  for (let open = atomic.load<i32>(block, OPEN); open > 0; open = atomic.load<i32>(block, OPEN)) {
    if (atomic.cmpxchg<i32>(block, open, open - 1, OPEN) != open) continue;
    call_indirect<void>(load<u32>(block, WORK), open - 1);
    if (atomic.sub<i32>(block, 1, PENDING) == 1 && atomic.load<i32>(block, CALLER_SLEEPS)) atomic.notify(block + PENDING, -1);
  }
}
