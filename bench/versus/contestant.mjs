// The process of one library in `inTurns`. Arguments: URLs of the modules of what is measured and of the library.

/** What took longer to open is not warmed up: its warmth would cost more than it is worth. */
const SLOW_MS = 5000;

const [thing, module] = process.argv.slice(2);
let run;
let isSlow = false;

const answers = {
  async open(task) {
    const library = await import(module);
    if (library.missing !== undefined) return { missing: library.missing };
    const { open } = await import(thing);
    const begun = performance.now();
    const opened = await open(library, task);
    isSlow = performance.now() - begun > SLOW_MS;
    run = opened.run;
    return { answer: opened.answer };
  },

  async warmUp(milliseconds) {
    const used = process.cpuUsage();
    for (let calls = 1; ; calls *= 2) {
      const answer = await answers.time(calls);
      if (isSlow || processorTime(used) >= milliseconds * 1000) return answer;
    }
  },

  /**
   * By the clock, or by the processor's time where that is less: on a busy machine the clock runs on while others compute.
   * So it is only for those who compute in this process. What returns no promises is not awaited: that takes as long as
   * some calls.
   */
  async time(calls) {
    const [begun, used] = [performance.now(), process.cpuUsage()];
    const first = run();
    if (first instanceof Promise) {
      await first;
      for (let i = 1; i < calls; i++) await run();
    } else {
      for (let i = 1; i < calls; i++) run();
    }
    const clock = (performance.now() - begun) * 1000;
    return { microseconds: Math.min(clock, processorTime(used)) / calls };
  },
};

/** Microseconds of all threads of this process since then. */
function processorTime(since) {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

process.on("message", async ({ question, about }) => {
  try {
    process.send(await answers[question](about));
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
