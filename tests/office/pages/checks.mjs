// pages/checks.mjs — checks told one by one as they end, and how many passed.
let passed = 0, failed = 0;

export async function check(name, work) {
  const began = Date.now();
  try {
    await work();
    passed++;
    console.log(`ok - ${name} (${Date.now() - began} ms)`);
  } catch (e) {
    failed++;
    console.log(`not ok - ${name}\n${e.stack}`);
  }
}

/** Tells the count and ends the program: 1 if a check failed. */
export function end() {
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
