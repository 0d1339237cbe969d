// Runs tests one after the other and counts them.
let passed = 0;
let failed = 0;

export async function test(name, fact) {
  try {
    await fact();
    passed++;
    console.log(`ok   ${name}`);
  } catch (error) {
    failed++;
    process.exitCode = 1;
    console.log(`FAIL ${name}\n     ${String(error?.stack ?? error).replaceAll("\n", "\n     ")}`);
  }
}

export function summarize() {
  console.log(`${passed} passed, ${failed} failed`);
}
