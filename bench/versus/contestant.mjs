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

  /** By the processor's time, since on a busy machine the clock runs on while nothing warms up; within limits. */
  async warmUp(milliseconds) {
    const [begun, used] = [performance.now(), process.cpuUsage()];
    for (let calls = 1; ; calls *= 2) {
      const answer = await answers.time(calls);
      const { user, system } = process.cpuUsage(used);
      const isWarm = user + system >= milliseconds * 1000 || performance.now() - begun >= milliseconds * 10;
      if (isSlow || isWarm) return answer;
    }
  },

  /** Only what returns promises is awaited: that alone takes as long as some calls. */
  async time(calls) {
    const begun = performance.now();
    const first = run();
    if (first instanceof Promise) {
      await first;
      for (let i = 1; i < calls; i++) await run();
    } else {
      for (let i = 1; i < calls; i++) run();
    }
    return { microseconds: ((performance.now() - begun) * 1000) / calls };
  },
};

process.on("message", async ({ question, about }) => {
  try {
    process.send(await answers[question](about));
  } catch (error) {
    process.send({ error: error.stack ?? String(error) });
  }
});
