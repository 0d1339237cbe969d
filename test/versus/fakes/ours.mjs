// Counts by one; a call takes next to nothing.

export function start({ from }) {
  let calls = 0;
  return { run: () => calls++, answer: from + 1 };
}
