// Reports the time from the import of the library to the first greedy action, compared with other libraries, in each runtime.
// bench/versus measures.

import { median, medianRatio } from "./measure.ts";

interface RuntimeTimes {
  readonly runtime: string;
  readonly version: string;
  /** Milliseconds of every start, one list for each library that ran. */
  readonly times: Readonly<Record<string, readonly number[]>>;
  /** Reasons why a library did not run here, by library. */
  readonly missing: Readonly<Record<string, string>>;
}

interface Versus {
  firstActions(starts: number): AsyncIterable<RuntimeTimes | { readonly runtime: string; readonly absent: string }>;
}

/** Path from build/tools/bench. The file is not compiled: its packages are separate, and a type check must not need them. */
const VERSUS = new URL("../../../bench/versus/first-action.mjs", import.meta.url);

const round = (value: number): number => Number(value.toFixed(1));

export async function reportFirstActions(
  starts: number,
  report: (text: string, result: Record<string, unknown>) => void,
): Promise<void> {
  console.log(`\nimport to first action, 4-64-64-2 (median milliseconds; fresh starts of each, in turns: ${starts})`);
  const { firstActions } = (await import(VERSUS.href)) as Versus;
  for await (const measured of firstActions(starts)) {
    const { runtime } = measured;
    const name = `first-action/${runtime}`;
    if ("absent" in measured) {
      report(`  ${runtime}: not run, ${measured.absent}`, { name, missing: measured.absent });
      continue;
    }
    const {
      version,
      times: { bellwether, ...peers },
      missing,
    } = measured;
    const milliseconds = round(median(bellwether));
    console.log(`  ${runtime} ${version}: bellwether ${milliseconds}`);
    for (const [peer, times] of Object.entries(peers)) {
      const peerMilliseconds = round(median(times));
      const ratio = round(medianRatio(times, bellwether));
      report(`    ${peer} ${peerMilliseconds}, ${ratio.toFixed(1)} times as long`, {
        name,
        milliseconds,
        peer,
        peerMilliseconds,
        ratio,
      });
    }
    for (const [peer, reason] of Object.entries(missing)) {
      report(`    ${peer}: not run, ${reason}`, { name, milliseconds, peer, missing: reason });
    }
  }
}
