'use strict';
// The tests of a suite, run in this process again and again: what `node:test` gives to a test file, and `console.assert` that counts.
const { AssertionError } = require('node:assert');
const { input, describeError, ended, hits, counter } = require('./runtime.cjs');
const { attempt } = require('./repair-together.cjs');
const { lacking, restoreAll } = require('./foreign.cjs');

// What a run has shown so far. Every `console.assert` is a check of its own: it says by itself where the code fails.
const run = { checks: [], name: '', soft: 0, softFailed: 0, asserted: 0, isWatched: false, filename: '' };

const NAMED_CHECKS = 200;

function begin(filename, isWatched) {
  Object.assign(run, { checks: [], name: '', soft: 0, softFailed: 0, asserted: 0, isWatched, filename });
  ended.code = null;
  lacking.length = 0;
  restoreAll();
}

function noteAssertion() {
  run.asserted += 1;
}

function passedPoints() {
  const passed = [];
  for (let id = 0; id < hits.length; id += 1) if (hits[id]) passed.push(id);
  hits.fill(0);
  return passed;
}

function linesOf(error) {
  const stack = error instanceof Error && typeof error.stack === 'string' ? error.stack : '';
  return stack.split('\n').flatMap((line) => {
    const at = line.indexOf(run.filename);
    const found = at < 0 ? null : /^:(\d+)/.exec(line.slice(at + run.filename.length));
    return found ? [Number(found[1])] : [];
  });
}

function check(name, isPassed, detail = {}) {
  run.checks.push({ name, isPassed, ...detail, ...(run.isWatched ? { points: passedPoints() } : {}) });
}

// What a guarded call came to, as the detail of a check.
function faultOf(outcome) {
  if (ended.code !== null) return { kind: 'exit', text: `process.exit(${ended.code}) was called` };
  if (lacking.length) return { kind: 'thrown', text: lacking[0].message, error: lacking[0].name, lines: [] };
  if (outcome.stopped) return { kind: 'endless', text: 'it did not end within its limit' };
  if (!('thrown' in outcome)) return null;
  const { thrown } = outcome;
  const isAssertion = thrown instanceof Error && thrown.code === 'ERR_ASSERTION';
  return { kind: isAssertion ? 'assertion' : 'thrown', text: describeError(thrown), error: thrown?.name, code: thrown?.code, lines: run.isWatched ? linesOf(thrown) : [] };
}

console.assert = (condition, ...told) => {
  run.soft += 1;
  if (condition) run.asserted += 1;
  else run.softFailed += 1;
  const text = told.length ? `console.assert: ${String(told[0]).slice(0, 300)}` : 'console.assert failed';
  if (run.soft <= NAMED_CHECKS || !condition) check(`${run.name} › assertion ${run.soft}`, Boolean(condition), condition ? {} : { kind: 'assertion', text });
  // Where the tests do much work, the first failure is the last.
  if (!condition && input.isHasty && !run.isWatched) throw new AssertionError({ message: text });
};

function noted(original) {
  return (...args) => {
    const value = original(...args);
    run.asserted += 1;
    return value;
  };
}

// The assert functions, counted: how far a test came tells one wrong patch from another.
function counted(assert, known = new Map()) {
  if (known.has(assert)) return known.get(assert);
  const counting = noted(assert);
  known.set(assert, counting);
  for (const name of Object.keys(assert)) {
    const original = assert[name];
    if (typeof original !== 'function' || /^[A-Z]/.test(name)) counting[name] = original;
    else counting[name] = name === 'strict' ? counted(original, known) : noted(original);
  }
  return counting;
}

class Suite {
  constructor(name) {
    this.tests = [];
    this.block = { name, hooks: { before: [], after: [], beforeEach: [], afterEach: [] }, above: null };
  }

  // Functions of `node:test` that register with this suite.
  api() {
    const test = (name, options, work) => {
      const body = [name, options, work].find((one) => typeof one === 'function');
      const set = [name, options].find((one) => one !== null && typeof one === 'object') ?? {};
      const told = typeof name === 'string' ? name : body?.name || '<anonymous>';
      if (body && !set.skip && !set.todo) this.tests.push({ name: this.nameOf(told), body, block: this.block });
      return Promise.resolve();
    };
    const describe = (name, options, work) => {
      const body = typeof options === 'function' ? options : work;
      const told = typeof name === 'string' ? name : '<anonymous>';
      this.block = { name: told, hooks: { before: [], after: [], beforeEach: [], afterEach: [] }, above: this.block };
      try {
        body?.({ name: told });
      } finally {
        this.block = this.block.above;
      }
      return Promise.resolve();
    };
    for (const one of [test, describe]) {
      one.only = one;
      one.skip = () => Promise.resolve();
      one.todo = one.skip;
    }
    const hook = (kind) => (body) => void this.block.hooks[kind].push(body);
    const hooks = Object.fromEntries(['before', 'after', 'beforeEach', 'afterEach'].map((kind) => [kind, hook(kind)]));
    const { mock } = require('node:test');
    return Object.assign(test, { test, it: test, describe, suite: describe, mock, ...hooks });
  }

  nameOf(name) {
    const names = [name];
    for (let block = this.block; block; block = block.above) names.unshift(block.name);
    return names.join(' › ');
  }

  // Steps that run all tests; without `goesOn` the first that fails is the last. They return false where one failed.
  *run(limits, goesOn) {
    const begun = new Set();
    let isGreen = true;
    for (const one of this.tests) {
      const isPassed = yield* runTest(one, begun, limits);
      isGreen &&= isPassed;
      if (!isPassed && !goesOn) break;
    }
    for (const block of begun) for (const body of block.hooks.after) yield* attempt(() => body(), limits);
    require('node:test').mock.reset();
    return isGreen;
  }
}

function blocksOf(block) {
  const found = [];
  for (let one = block; one; one = one.above) found.unshift(one);
  return found;
}

function* runTest({ name, body, block }, begun, limits) {
  run.name = name;
  run.soft = 0;
  run.softFailed = 0;
  if (run.isWatched) hits.fill(0);
  const blocks = blocksOf(block);
  const steps = [];
  for (const one of blocks) {
    if (!begun.has(one)) steps.push(...one.hooks.before);
    begun.add(one);
  }
  steps.push(...blocks.flatMap((one) => one.hooks.beforeEach));
  const context = contextOf(name);
  steps.push(() => (body.length > 1 ? calledBack(body, context) : body.call(context, context)));
  steps.push(...blocks.reverse().flatMap((one) => one.hooks.afterEach));
  let used = 0;
  for (const step of steps) {
    const fault = faultOf(yield* attempt(() => step(context), limits));
    used = Math.max(used, counter.steps);
    if (fault) return check(name, false, { ...fault, steps: used }), false;
  }
  const isPassed = run.softFailed === 0 && !context.isFailed;
  check(name, isPassed, isPassed ? { steps: used } : { kind: 'assertion', text: 'an assertion within it failed', steps: used });
  return isPassed;
}

function calledBack(body, context) {
  return new Promise((resolve, reject) => body.call(context, context, (error) => (error ? reject(error) : resolve())));
}

function contextOf(name) {
  const { mock } = require('node:test');
  const context = { name, mock, assert: require('node:assert/strict'), isFailed: false, signal: new AbortController().signal };
  for (const ignored of ['diagnostic', 'plan', 'skip', 'todo', 'before', 'after', 'beforeEach', 'afterEach', 'runOnly']) context[ignored] = () => {};
  context.test = async (told, options, work) => {
    const body = typeof options === 'function' ? options : work;
    const inner = contextOf(`${name} › ${told}`);
    try {
      await body.call(inner, inner);
    } catch (thrown) {
      inner.isFailed = true;
      context.isFailed = true;
      check(inner.name, false, faultOf({ thrown }));
      return;
    }
    context.isFailed ||= inner.isFailed;
    check(inner.name, !inner.isFailed);
  };
  return context;
}

module.exports = { Suite, run, begin, check, faultOf, counted, noteAssertion, passedPoints };
