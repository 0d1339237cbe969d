// Ends its process when it is timed.

export function start({ from }) {
  return { run: () => process.exit(7), answer: from + 1 };
}
