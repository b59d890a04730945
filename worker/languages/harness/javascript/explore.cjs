'use strict';
// Calls everything that the subject exports with generated arguments, keeps the calls that show most, and writes them as tests.
const { input, report, finish, guarded, keepAlive, now, broken } = require('./runtime.cjs');
const { load, scopeOf } = require('./subject.cjs');
const { Inputs } = require('./inputs.cjs');
const { observe, testText } = require('./observe.cjs');
const { boundSizes } = require('./sizes.cjs');
const { targetsIn } = require('./targets.cjs');
const { propertiesOf } = require('./properties.cjs');
const { Rivals } = require('./rivals.cjs');
const { Search } = require('./search.cjs');
const { chosen, simplified } = require('./choose.cjs');

const ALL_TESTS = 60;

// What a call shows is asked of two fresh instances of the subject: what differs is not asserted.
async function confirmed(call) {
  const texts = [];
  for (let time = 0; time < 2; time += 1) {
    const loaded = await guarded(() => load(input.source), { milliseconds: 1000, steps: 5e6 });
    if (!loaded.value) return null;
    const seen = await observe(call, scopeOf(loaded.value), input.throws);
    if (!seen) return null;
    texts.push(testText(seen));
  }
  return texts[0] === texts[1] && texts[0].includes('assert.') ? texts[0] : null;
}

async function write(work, deadline, last) {
  const limit = Math.max(6, Math.min(24, Math.floor(ALL_TESTS / Math.max(1, work.targets.length))));
  for await (const test of propertiesOf(work.targets, work.scope)) report({ test, oracle: 'property' });
  const told = new Set();
  for (const target of work.targets) {
    for (const one of chosen(target, limit)) {
      if (now() > last) return;
      const test = await confirmed(await simplified(one, work, deadline));
      if (test !== null && !told.has(test)) report({ test, oracle: one.isPromised ? 'docstring' : 'characterization' });
      told.add(test);
    }
  }
}

async function main() {
  keepAlive();
  boundSizes();
  const started = now();
  const at = (share) => started + input.seconds * 1000 * share;
  const loaded = await guarded(() => load(input.source), { milliseconds: 2000, steps: 2e7 });
  const scope = loaded.value ? scopeOf(loaded.value) : {};
  const work = { scope, targets: targetsIn(scope), inputs: new Inputs(input.hints, input.seed), rivals: new Rivals() };
  const search = new Search(work);
  if (work.targets.length) {
    await search.forPoints(at(0.4));
    await search.forRivals(at(0.8));
  }
  await write({ ...work, inputs: new Inputs(input.hints, input.seed) }, at(1), at(1.3));
  finish();
}

main().catch(broken);
