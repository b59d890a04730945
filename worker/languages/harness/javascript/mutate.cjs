'use strict';
// Runs every candidate on every mutant. A mutant is given 20 times the steps that the candidate takes on the subject itself.
const { input, report, finish, counter, keepAlive, now, broken } = require('./runtime.cjs');
const { runCandidate } = require('./testing.cjs');

async function baseline() {
  const steady = [];
  for (const candidate of input.candidates) {
    const outcome = await runCandidate(candidate, input.source, { milliseconds: 1000, steps: 5e6 });
    if (outcome.passed) steady.push({ candidate, limits: { milliseconds: 1000, steps: 5000 + 20 * counter.steps } });
  }
  return steady;
}

async function main() {
  keepAlive();
  const deadline = now() + input.seconds * 1000;
  const steady = await baseline();
  for (const mutant of input.mutants) {
    if (now() > deadline) break;
    report({ started: mutant.id });
    const killers = [];
    for (const { candidate, limits } of steady) {
      const { passed } = await runCandidate(candidate, mutant.source, limits);
      if (!passed) killers.push(candidate.id);
    }
    report({ mutant: mutant.id, killers });
  }
  finish();
}

main().catch(broken);
