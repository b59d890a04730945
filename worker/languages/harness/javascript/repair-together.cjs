'use strict';
// Many short runs under one watchdog. A watchdog of its own for each call is a thread that is started: that takes longer than most calls.
// Steps are a generator that yields the promises that it waits for; what never waits is run together, many items at a time.
const { input, guarded, watched, isTimeout, counter, now } = require('./runtime.cjs');

const TURN = 40; // milliseconds, then the watchdog is set anew
const PATIENCE = 3; // so often an item is run again whose time went by while others had the processor
const cpuUsage = process.cpuUsage.bind(process);
const WAITING = /\b(?:async|await|Promise|set(?:Timeout|Interval|Immediate)|nextTick|queueMicrotask|EventEmitter)\b|\.then\b|\b(?:(?:t|context)\.test|import)\s*\(/;

const texts = [input.base, ...input.files.map((file) => file.text)];
let mayBeTogether = input.subject.kind === 'commonjs' && !input.files.some((file) => file.kind === 'esm') && !texts.some((text) => WAITING.test(text));
let isTogether = false;

// As `guarded` of the runtime, within steps: {value}, {thrown} or {stopped}.
function* attempt(work, limits = {}) {
  if (!isTogether) return yield guarded(work, limits);
  Object.assign(counter, { steps: 0, limit: limits.steps ?? 2e6, stopped: false });
  let outcome;
  try {
    const value = work();
    if (value instanceof Promise) yield value; // who goes through the items begins this one anew, alone
    outcome = { value };
  } catch (thrown) {
    outcome = isTimeout(thrown) ? { stopped: true } : { thrown };
  }
  counter.limit = Infinity;
  return counter.stopped ? { stopped: true } : outcome;
}

// Goes through steps to their end and resolves to what they return.
async function driven(steps) {
  let step = steps.next();
  while (!step.done) {
    try {
      step = steps.next(await step.value);
    } catch (thrown) {
      step = steps.throw(thrown);
    }
  }
  return step.value;
}

// Takes items from `next` until it has none. Each is run by `stepsOf`, then `done` is told of it, once, or again after a watchdog came in between.
// `endless` is told of one that took the watchdog's whole time; alone, its steps say so by themselves.
async function each(next, stepsOf, { milliseconds, done, endless }) {
  const again = [];
  let patience = PATIENCE;
  const taken = () => {
    if (again.length) return again.pop();
    patience = PATIENCE;
    return next();
  };
  for (;;) {
    if (!mayBeTogether) {
      const item = taken();
      if (item === undefined) return;
      await driven(stepsOf(item));
      done(item);
      continue;
    }
    const turn = { item: undefined, state: 'ready', began: cpuMilliseconds() };
    isTogether = true;
    try {
      watched(() => takeTurn(turn, taken, stepsOf, done), milliseconds + TURN);
    } catch (thrown) {
      if (!isTimeout(thrown)) throw thrown;
      if (turn.state === 'running' && patience > 0 && cpuMilliseconds() - turn.began < milliseconds / 2) {
        patience -= 1;
        again.push(turn.item);
        continue;
      }
      if (turn.state === 'running') endless(turn.item);
      if (turn.state !== 'ready') done(turn.item);
    } finally {
      isTogether = false;
    }
    if (turn.state === 'over') return;
    if (turn.state === 'waiting') {
      mayBeTogether = false;
      await driven(stepsOf(turn.item));
      done(turn.item);
    }
  }
}

function cpuMilliseconds() {
  const { user, system } = cpuUsage();
  return (user + system) / 1000;
}

function takeTurn(turn, next, stepsOf, done) {
  const until = now() + TURN;
  do {
    turn.state = 'ready';
    turn.item = next();
    turn.state = turn.item === undefined ? 'over' : 'running';
    if (turn.state === 'over') return;
    const isDone = stepsOf(turn.item).next().done;
    turn.state = isDone ? 'judging' : 'waiting';
    if (!isDone) return;
    done(turn.item);
  } while (now() < until);
  turn.state = 'ready';
}

module.exports = { attempt, driven, each };
