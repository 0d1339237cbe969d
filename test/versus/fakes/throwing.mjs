// Fails when it is timed.

export function start({ from }) {
  const run = () => {
    throw new Error("no more numbers");
  };
  return { run, answer: from + 1 };
}
