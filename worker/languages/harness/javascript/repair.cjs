'use strict';
// Runs the tests on many versions of the subject, one after the other.
// What takes the process down is known by the line that said it was begun.
const { mock } = require('node:test');

const { input, report, finish, keepAlive, now, broken } = require('./runtime.cjs');
const { boundSizes } = require('./sizes.cjs');
const { shiftClock } = require('./clock.cjs');
const { run, check, faultOf } = require('./repair-suite.cjs');
const { edited, tryOne } = require('./repair-run.cjs');
const { driven, each } = require('./repair-together.cjs');

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
    const early = await driven(tryOne(input.base, input.limits, true));
    report({ watched: shift, early, asserted: run.asserted, checks: run.checks.slice(0, 2000) });
  }
}

// Goes through the candidates until time is over or enough of them pass.
async function search() {
  const deadline = now() + input.seconds * 1000;
  const green = new Set();
  let at = 0;
  let dearest = Infinity; // what is dearer than the first that passes by more than the slack weighs too little to be run
  await each(
    () => {
      while (at < input.candidates.length && input.candidates[at].cost > dearest) at += 1;
      return now() > deadline || green.size >= input.most ? undefined : input.candidates[at++];
    },
    ({ id, edits, text }) => {
      report({ started: id });
      return tryOne(text ?? edited(edits), input.limits, false);
    },
    {
      milliseconds: input.limits.milliseconds,
      endless: () => {
        mock.reset();
        check(run.name, false, faultOf({ stopped: true }));
      },
      done: ({ id, cost }) => {
        if (!verdict(id)) return;
        green.add(id);
        dearest = Math.min(dearest, cost + (input.slack ?? Infinity));
      },
    },
  );
  if (green.size && (green.size >= input.most || dearest < Infinity)) report({ enough: true });
}

async function main() {
  keepAlive();
  boundSizes();
  process.stdout.write = () => true;
  if (input.watched) await watch();
  else await search();
  finish();
}

main().catch(broken);
