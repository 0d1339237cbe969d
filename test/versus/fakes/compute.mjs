// Work of a given length, whoever else is at work.

export function compute(milliseconds) {
  const begun = process.cpuUsage();
  for (;;) {
    const { user, system } = process.cpuUsage(begun);
    if (user + system >= milliseconds * 1000) return;
  }
}
