'use strict';
// Runs the tests on many versions of the subject, one after the other.
// What takes the process down is known by the line that said it was begun.
const { input, report, finish, keepAlive, now, broken } = require('./runtime.cjs');
const { boundSizes } = require('./sizes.cjs');
const { shiftClock } = require('./clock.cjs');
const { run } = require('./repair-suite.cjs');
const { edited, tryOne } = require('./repair-run.cjs');

function verdict(id) {
  const failed = run.checks.filter((one) => !one.isPassed);
  const stopped = failed.some((one) => one.kind === 'endless');
  const first = failed.find((one) => one.text) ?? failed[0];
  const passed = run.checks.filter((one) => one.isPassed).map((one) => one.name);
  report({ id, asserted: run.asserted, passed: failed.length && !input.isNamed ? passed.length : passed, failed: failed.slice(0, input.isNamed ? 1000 : 1).map((one) => one.name), detail: first && `${first.name}: ${first.text}`.slice(0, 500), stopped });
  return failed.length === 0;
}

async function watch() {
  for (const shift of input.watched) {
    shiftClock(shift);
    report({ started: shift });
    const early = await tryOne(input.base, input.limits, true);
    report({ watched: shift, early, asserted: run.asserted, checks: run.checks.slice(0, 2000) });
  }
}

async function main() {
  keepAlive();
  boundSizes();
  process.stdout.write = () => true;
  const deadline = now() + input.seconds * 1000;
  if (input.watched) await watch();
  let green = 0;
  let dearest = Infinity; // what is dearer than the first that passes by more than the slack weighs too little to be run
  for (const { id, edits, text, cost } of input.candidates ?? []) {
    if (now() > deadline) break;
    if (cost > dearest) continue;
    report({ started: id });
    await tryOne(text ?? edited(edits), input.limits, false);
    if (!verdict(id)) continue;
    green += 1;
    dearest = Math.min(dearest, cost + (input.slack ?? Infinity));
    if (green >= input.most) break;
  }
  if (green && (green >= input.most || dearest < Infinity)) report({ enough: true });
  finish();
}

main().catch(broken);
