'use strict';
// Runs candidates one after the other, each on a fresh instance of the subject, and reports the points that each passes.
// The candidates come best first: those that there is no time for are left out.
const { input, report, finish, hits, keepAlive, now, broken } = require('./runtime.cjs');
const { shiftClock } = require('./clock.cjs');
const { runCandidate } = require('./testing.cjs');

async function main() {
  keepAlive();
  const deadline = now() + input.seconds * 1000;
  shiftClock(input.shiftSeconds);
  for (const candidate of input.candidates) {
    if (now() > deadline) break;
    report({ started: candidate.id });
    hits.fill(0);
    const outcome = await runCandidate(candidate, input.source, { milliseconds: 1000, steps: 5e6 });
    const passed = [];
    for (let id = 0; id < input.points; id += 1) if (hits[id]) passed.push(id);
    report({ id: candidate.id, ...outcome, points: passed });
  }
  finish();
}

main().catch(broken);
