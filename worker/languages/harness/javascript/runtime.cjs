'use strict';
// What every harness script starts with: its input, its report, and calls that always come back.
// Functions that the subject could replace are taken here, before the subject is loaded.
const fs = require('node:fs');
const vm = require('node:vm');

const { stringify } = JSON;
const { writeSync, openSync } = fs;
const exit = process.reallyExit.bind(process);
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

// The nonce comes by stdin and marks our lines: the subject may write to the report, but not what is believed.
const nonce = fs.readFileSync(0, 'utf8').trim();
const input = JSON.parse(fs.readFileSync('harness-input.json', 'utf8'));
fs.unlinkSync('harness-input.json');
const file = openSync('harness-report.txt', 'a');

function report(entry) {
  writeSync(file, `${nonce} ${stringify(entry)}\n`);
}

report({ ready: true });

function finish() {
  report({ finished: true });
  exit(0);
}

// A fault of our own, or of a subject that broke the built-in objects that we stand on: said aloud, never waited for.
function broken(error) {
  report({ broken: describeError(error) });
  exit(70);
}

class Stopped extends Error {
  constructor(message) {
    super(message);
    counter.stopped = true;
  }
}

// The hooks of the instrumented subject: points passed, steps taken, operands compared.
const hits = new Uint8Array(Math.max(1, input.points || 0));
const operands = new Set();
const equal = new Uint8Array(2048);
let left;
function noteOperand(value) {
  const type = typeof value;
  if ((type === 'number' || (type === 'string' && value.length < 80)) && operands.size < 400) operands.add(value);
  return value;
}
const counter = { steps: 0, limit: Infinity, stopped: false };
Object.defineProperty(globalThis, '__ddf', {
  value: Object.freeze({
    s(id) {
      hits[id] = 1;
      if (++counter.steps > counter.limit) {
        counter.stopped = true;
        throw new Stopped('too many steps: an endless loop?');
      }
    },
    o: noteOperand,
    // The two sides of a comparison: an input that makes them equal stands on a boundary, where off-by-one faults show.
    l(value) {
      left = value;
      return noteOperand(value);
    },
    r(value, id) {
      if (value === left) equal[id % equal.length] = 1;
      return noteOperand(value);
    },
    call() {
      return pending();
    },
  }),
});

let pending = null;
const trampoline = new vm.Script('__ddf.call()');

function isTimeout(error) {
  return error instanceof Stopped || (error !== null && typeof error === 'object' && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT');
}

// Call `work` under a watchdog: what is still running after `milliseconds` is ended, and this throws.
function watched(work, milliseconds) {
  pending = work;
  return trampoline.runInThisContext({ timeout: milliseconds });
}

// Call `work`, stop it after `milliseconds` or `steps`, wait for its promise. Resolves to {value} or {thrown} or {stopped}.
async function guarded(work, { milliseconds = 500, steps = 2e6 } = {}) {
  counter.steps = 0;
  counter.limit = steps;
  counter.stopped = false;
  let outcome;
  let isPromise = false;
  try {
    let value = watched(work, milliseconds);
    isPromise = value !== null && typeof value === 'object' && value instanceof Promise;
    if (isPromise) value = await settled(value, milliseconds);
    outcome = { value, isPromise };
  } catch (thrown) {
    outcome = isTimeout(thrown) ? { stopped: true } : { thrown, isPromise };
  }
  counter.limit = Infinity;
  return counter.stopped ? { stopped: true } : outcome;
}

function settled(promise, milliseconds) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Stopped('a promise was not settled in time')), milliseconds);
    promise.then(
      (value) => (clearTimeout(timer), resolve(value)),
      (error) => (clearTimeout(timer), reject(error)),
    );
  });
}

function describeError(error) {
  if (error instanceof Error) return `${error.name}: ${error.message}`.slice(0, 500);
  try {
    return `thrown: ${String(error)}`.slice(0, 500);
  } catch {
    return 'something was thrown that has no text';
  }
}

// A subject that ends the process, or leaves a promise or a timer to fail later, must not end the report.
const ended = { code: null };
function refuseExit(code) {
  ended.code = code ?? 0;
  throw new Stopped(`process.exit(${code ?? 0}) was called`);
}
function keepAlive() {
  process.exit = refuseExit;
  process.abort = refuseExit;
  process.on('unhandledRejection', () => {});
  process.on('uncaughtException', () => {});
}

module.exports = { Stopped, input, report, finish, broken, exit, guarded, watched, isTimeout, describeError, keepAlive, ended, hits, equal, operands, counter, now };
