'use strict';
// Rivals: copies of the subject with one small fault each. A call that shows something else on a rival than on the subject pins the place down.
const { input, guarded, counter, Stopped } = require('./runtime.cjs');
const { load, scopeOf } = require('./subject.cjs');
const { observe, resolve } = require('./observe.cjs');
const { written } = require('./literals.cjs');

const LOADING = { milliseconds: 200, steps: 1e6 };

class Rivals {
  constructor() {
    this.alive = new Set((input.mutants ?? []).map((one) => ({ ...one, scope: null })));
    this.counted = new Set(input.lines ?? []);
  }

  // Lines that the points passed stand on.
  linesOf(seen) {
    return new Set(seen.points.filter((id) => id >= 0).map((id) => input.lines[id]));
  }

  // Whether a call passes a rival's fault; one on a line that nothing counts may be anywhere.
  reaches(lines, rival) {
    return lines.has(rival.line) || !this.counted.has(rival.line);
  }

  async scopeOf(rival) {
    if (rival.scope === null) {
      const loaded = await guarded(() => load(rival.source), LOADING);
      rival.scope = loaded.value ? scopeOf(loaded.value) : undefined;
    }
    return rival.scope;
  }

  // Whether the call shows another thing on the rival: another value, another error, or no end.
  async tells(call, seen, rival) {
    const scope = await this.scopeOf(rival);
    if (!scope) return false;
    const other = await observe(call, scope, input.throws, { milliseconds: 250, steps: 2000 + 20 * seen.steps });
    return other === null || other.lines.join() !== seen.lines.join();
  }

  async tellsAll(call, seen, rivals) {
    for (const rival of rivals) if (!(await this.tells(call, seen, rival))) return false;
    return true;
  }

  // The rivals that were alive and that this call tells from the subject; they are alive no more.
  async fell(call, seen, scope) {
    const fallen = [];
    const lines = this.linesOf(seen);
    const reached = [];
    for (const rival of this.alive) {
      if (!this.reaches(lines, rival)) continue;
      if (await this.scopeOf(rival)) reached.push(rival);
      else this.alive.delete(rival);
    }
    const told = (await signsDiffer(call, seen, scope, reached)) ?? (await this.slowly(call, seen, reached));
    for (const rival of told) {
      this.alive.delete(rival);
      fallen.push(rival);
    }
    return fallen;
  }

  async slowly(call, seen, rivals) {
    const told = [];
    for (const rival of rivals) if (await this.tells(call, seen, rival)) told.push(rival);
    return told;
  }
}

// The quick way for plain functions: all rivals within one guard, compared by a short sign of what a call shows. Null where there is no such sign.
async function signsDiffer(call, seen, scope, rivals) {
  if (call.steps || seen.isAsync || rivals.length === 0) return null;
  const make = (0, eval)(`(() => [${call.args.join(', ')}])`);
  const own = await guarded(() => signOf(call, scope, make, seen.isDeliberate), LOADING);
  if (typeof own.value !== 'string') return null;
  const told = [];
  let at = 0;
  const limit = 2000 + 20 * seen.steps;
  const compare = () => {
    for (; at < rivals.length; at += 1) {
      counter.steps = 0;
      counter.limit = limit;
      counter.stopped = false;
      const sign = signOf(call, rivals[at].scope, make, seen.isDeliberate);
      if (counter.stopped || sign !== own.value) told.push(rivals[at]);
    }
    counter.stopped = false;
  };
  while (at < rivals.length) {
    const outcome = await guarded(compare, { milliseconds: 250, steps: limit });
    if (outcome.stopped || 'thrown' in outcome) told.push(rivals[at]); // this one does not end
    at += 1;
  }
  return told;
}

function signOf(call, scope, make, isDeliberate) {
  try {
    const { owner, value } = resolve(scope, call.access);
    const args = make();
    const shown = written(value.apply(owner, args));
    return shown === null ? null : `${shown} ${args.map(written).join()}`;
  } catch (error) {
    if (error instanceof Stopped || !(error instanceof Error)) return null;
    return `throws ${error.name} ${isDeliberate ? error.message : ''}`;
  }
}

module.exports = { Rivals };
