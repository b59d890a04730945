'use strict';
// Rivals: copies of the subject with one small fault each. A call that shows something else on a rival than on the subject pins the place down.
const { input, guarded } = require('./runtime.cjs');
const { load, scopeOf } = require('./subject.cjs');
const { observe } = require('./observe.cjs');

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
  async fell(call, seen) {
    const fallen = [];
    const lines = this.linesOf(seen);
    for (const rival of this.alive) {
      if (rival.scope === undefined) this.alive.delete(rival);
      else if (this.reaches(lines, rival) && (await this.tells(call, seen, rival))) {
        this.alive.delete(rival);
        fallen.push(rival);
      }
    }
    return fallen;
  }
}

module.exports = { Rivals };
