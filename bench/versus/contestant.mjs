// The process of one library in `inTurns`. Arguments: the URLs of the module that defines the measurement and of the library's
// module.

/** A library that took longer to open is warmed up by a single call, because more would take too long. */
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
   * Times calls by the clock, or by the processor time if that is less: on a busy machine the clock runs on while other
   * processes compute. So the time is valid only for libraries that compute in this process. Only promises are awaited,
   * because an await takes as long as some calls.
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

/** Returns the processor time of all threads of this process in microseconds. @param since an earlier process.cpuUsage() */
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
