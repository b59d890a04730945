'use strict';
// Runs one candidate: compiles its text with the names that a test file would have, then calls what it hands to `test`.
const strict = require('node:assert/strict');
const vm = require('node:vm');

const { describeError, guarded, ended } = require('./runtime.cjs');
const { load, scopeOf, requireFrom } = require('./subject.cjs');

const asserted = { count: 0 };
const assert = countingAssert();

function countingAssert() {
  const counting = (...args) => {
    asserted.count += 1;
    return strict(...args);
  };
  for (const name of Object.keys(strict)) {
    const original = strict[name];
    if (typeof original !== 'function' || /^[A-Z]/.test(name)) counting[name] = original;
    else {
      counting[name] = (...args) => {
        asserted.count += 1;
        return original(...args);
      };
    }
  }
  counting.strict = counting;
  return counting;
}

const context = { name: '', diagnostic() {}, mock: { timers: {} } };

function collector(collected) {
  const test = (name, options, work) => {
    const body = typeof options === 'function' ? options : work;
    if (typeof body === 'function') collected.push(body);
  };
  test.test = test;
  test.only = test;
  return test;
}

// Compiled once per process: the same candidate runs on many mutants.
const compiledById = new Map();
async function compile(candidate, names, limits) {
  const known = compiledById.get(candidate.id);
  if (known) return known;
  const text = [...candidate.imports, candidate.code].join('\n');
  const compiled = await guarded(() => vm.compileFunction(text, names), limits);
  compiledById.set(candidate.id, compiled);
  return compiled;
}

// Resolves to {passed, stopped, detail}.
async function runCandidate(candidate, source, limits) {
  asserted.count = 0;
  ended.code = null;
  const loaded = await guarded(() => load(source), { milliseconds: 1000, steps: 5e6 });
  if ('thrown' in loaded || loaded.stopped) return judged(loaded, 'loading: ');
  const collected = [];
  const test = collector(collected);
  const scope = scopeOf(loaded.value);
  const names = ['test', 'it', 'assert', 'require', ...Object.keys(scope)];
  const compiled = await compile(candidate, names, limits);
  if ('thrown' in compiled) return judged(compiled, '');
  const declared = await guarded(() => void compiled.value(test, test, assert, requireFrom, ...Object.values(scope)), limits);
  if ('thrown' in declared || declared.stopped) return judged(declared, '');
  for (const body of collected) {
    const outcome = await guarded(() => body.call(undefined, context), limits);
    if ('thrown' in outcome || outcome.stopped) return judged(outcome, '');
  }
  if (ended.code !== null) return { passed: false, stopped: false, detail: `process.exit(${ended.code}) was called` };
  if (collected.length === 0) return { passed: false, stopped: false, detail: 'it declares no test' };
  if (asserted.count === 0) return { passed: false, stopped: false, detail: 'it asserts nothing' };
  return { passed: true, stopped: false, detail: '' };
}

function judged(outcome, prefix) {
  if (ended.code !== null) return { passed: false, stopped: false, detail: `process.exit(${ended.code}) was called` };
  if (outcome.stopped) return { passed: false, stopped: true, detail: `${prefix}it did not end within its limit` };
  return { passed: false, stopped: false, detail: prefix + describeError(outcome.thrown) };
}

module.exports = { runCandidate };
