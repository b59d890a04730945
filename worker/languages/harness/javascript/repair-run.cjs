'use strict';
// One run of the tests on one version of the subject, which is made anew for it. A version is the text of the subject with edits.
const { input, counter } = require('./runtime.cjs');
const { Suite, run, begin, check, faultOf, passedPoints } = require('./repair-suite.cjs');
const { attempt } = require('./repair-together.cjs');
const { World, files } = require('./repair-world.cjs');
const path = require('node:path');

const filename = path.resolve(input.subject.path);
const isPlain = !/[\ud800-\udfff]/.test(input.base); // offsets count characters, as Python does
const characters = isPlain ? input.base : Array.from(input.base);
const part = (from, to) => (isPlain ? characters.slice(from, to) : characters.slice(from, to).join(''));
const tests = input.tests.map((place) => [...files.values()].find((file) => file.path === place));

function edited(edits) {
  let text = '';
  let last = 0;
  for (const [start, end, put] of edits) {
    text += part(last, start) + put;
    last = end;
  }
  return text + part(last, characters.length);
}

// Steps: see repair-together.cjs.
function* tryOne(source, limits, isWatched) {
  begin(filename, isWatched);
  const world = new World();
  const loaded = yield* attempt(() => world.load(source), { milliseconds: 2000, steps: limits.steps });
  const early = isWatched ? passedPoints() : [];
  const fault = faultOf(loaded);
  if (fault) check(tests[0].path, false, { ...fault, isLoading: true });
  else for (const file of tests) if (!(yield* runFile(world, file, limits, isWatched || input.goesOn)) && !isWatched && !input.goesOn) break;
  return early;
}

function* runFile(world, file, limits, goesOn) {
  const suite = new Suite(file.path);
  Object.assign(run, { name: file.path, soft: 0, softFailed: 0 });
  world.suite = suite;
  const fault = faultOf(yield* attempt(() => world.run(file), limits));
  const { steps } = counter;
  if (fault) return check(file.path, false, { ...fault, steps }), false;
  if (suite.tests.length) return yield* suite.run(limits, goesOn);
  check(file.path, run.softFailed === 0, { steps, ...(run.softFailed ? { kind: 'assertion', text: `${run.softFailed} of ${run.soft} assertions failed` } : {}) });
  return run.softFailed === 0;
}

module.exports = { edited, tryOne, tests };
