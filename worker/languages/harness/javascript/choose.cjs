'use strict';
// Which of the calls kept become tests, and in their simplest form.
const { input, now } = require('./runtime.cjs');
const { observe } = require('./observe.cjs');
const { byCost } = require('./search.cjs');

const TRIES = 60;
const PROMISES = 6;

// What adds points or tells a rival goes first, then other paths and results fill the rest.
function chosen(target, limit) {
  const ranked = [...target.kept].sort(byCost);
  const covered = new Set();
  const first = [];
  const rest = [];
  let errors = 0;
  let promises = 0;
  for (const one of ranked) {
    const added = one.seen.points.filter((id) => !covered.has(id));
    for (const id of added) covered.add(id);
    const isError = one.seen.kind === 'throws';
    if (added.length > 0 || one.fallen.length > 0 || (one.isPromised && (promises += 1) <= PROMISES)) first.push(one);
    else if (!isError || (one.seen.isDeliberate && (errors += 1) <= 3)) rest.push(one);
  }
  first.sort((left, right) => right.fallen.length - left.fallen.length);
  rest.sort((left, right) => right.added - left.added);
  return [...first, ...rest].slice(0, Math.max(limit, first.length));
}

// A call that a person reads gladly: the simplest found that passes the same points and boundaries, ends in the same way and tells the same rivals.
async function simplified(one, { scope, inputs, rivals }, deadline) {
  let { call, seen } = one;
  const tried = new Set();
  for (let left = TRIES; left > 0 && !call.steps && !one.isPromised; ) {
    let better = null;
    for (const args of inputs.simpler(call.args, call.parameters)) {
      const key = args.join();
      if (tried.has(key) || now() > deadline || (left -= 1) <= 0) continue;
      tried.add(key);
      const next = { ...call, args };
      const other = await observe(next, scope, input.throws);
      if (other && isAsGood(other, seen) && (await rivals.tellsAll(next, other, one.fallen))) {
        better = { call: next, seen: other };
        break;
      }
    }
    if (!better) break;
    ({ call, seen } = better);
  }
  return call;
}

function isAsGood(other, seen) {
  const isEmpty = /^(undefined|NaN|null)$/.test(other.shown) && other.shown !== seen.shown;
  return !isEmpty && other.kind === seen.kind && other.points.join() === seen.points.join();
}

module.exports = { chosen, simplified };
