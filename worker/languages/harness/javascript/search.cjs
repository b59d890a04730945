'use strict';
// The search for calls worth keeping: first those that pass new points, then those that tell the subject from its rivals.
const { input, now } = require('./runtime.cjs');
const { isOdd } = require('./inputs.cjs');
const { written } = require('./literals.cjs');
const { valueOf } = require('./variation.cjs');
const { parametersOf } = require('./targets.cjs');
const { observe } = require('./observe.cjs');

const QUIET_ROUNDS = 400;
const PATIENT_ROUNDS = 20000;
const ROUNDS_WITHOUT_A_FALL = 20000;
const FOCUS_ROUNDS = 25;

class Search {
  constructor({ scope, targets, inputs, rivals }) {
    Object.assign(this, { scope, targets, inputs, rivals });
    this.tried = new Set();
    this.focus = null;
  }

  propose(target) {
    const { inputs } = this;
    const { parameters } = target;
    const example = target.examples.length && inputs.chance(target.kept.length ? 0.15 : 0.6) ? inputs.pick(target.examples) : null;
    const model = !example && target.kept.length && inputs.chance(0.6) ? this.model(target) : null;
    const args = example && inputs.chance(0.2) ? example.args : this.argumentsFrom(example?.args ?? model?.args, target);
    const call = { access: target.access, args, parameters };
    if (target.isNew) return { ...call, isNew: true, steps: this.steps(target, model) };
    return target.methods && inputs.chance(0.8) ? { ...call, steps: this.steps(target, model) } : call;
  }

  argumentsFrom(args, target) {
    if (!args) return this.inputs.argumentsFor(target.parameters);
    if (target.methods && this.inputs.chance(0.6)) return args;
    let varied = this.inputs.vary(args, target.parameters);
    while (this.inputs.chance(0.3)) varied = this.inputs.vary(varied, target.parameters);
    return varied;
  }

  // Calls that pass the fault looked for, and calls that were found last, stand nearest to what is still to be found.
  model(target) {
    const { inputs } = this;
    const near = this.focus ? target.kept.filter((one) => this.rivals.reaches(this.rivals.linesOf(one.seen), this.focus)) : [];
    if (near.length && inputs.chance(0.6)) return inputs.pick(near).call;
    return (inputs.chance(0.3) ? target.kept[Math.max(0, target.kept.length - 1 - Math.floor(inputs.random() * 5))] : inputs.pick(target.kept)).call;
  }

  steps(target, model) {
    const { inputs } = this;
    const steps = model?.steps ? [...model.steps] : [];
    if (target.methods.length === 0) return steps;
    if (steps.length && inputs.chance(0.4)) {
      const at = Math.floor(inputs.random() * steps.length);
      steps[at] = { ...steps[at], args: inputs.vary(steps[at].args, steps[at].parameters) };
    } else if (steps.length && inputs.chance(0.4)) steps.splice(Math.floor(inputs.random() * (steps.length + 1)), 0, this.step(target, steps));
    else if (steps.length > 1 && inputs.chance(0.2)) steps.splice(Math.floor(inputs.random() * steps.length), 1);
    else for (let wanted = Math.floor(inputs.random() * 5); steps.length < wanted; ) steps.push(this.step(target, steps));
    return steps.slice(0, 8);
  }

  // Arguments that an earlier step was given are given again: what was put in is asked for, or taken out.
  step(target, steps) {
    const { inputs } = this;
    const method = inputs.pick(target.methods);
    const used = steps.filter((one) => one.args.length > 0 && one.args.length <= Math.max(1, method.parameters.length));
    if (method.isGetter) return { ...method, args: [] };
    if (used.length && method.parameters.length && inputs.chance(0.4)) {
      const again = inputs.pick(used).args.slice(0, method.parameters.length);
      return { ...method, args: [...again, ...inputs.argumentsFor(method.parameters.slice(again.length))] };
    }
    return { ...method, args: inputs.argumentsFor(method.parameters) };
  }

  // Make a call that was not made before; null where there is nothing to see.
  async attempt(target) {
    const call = this.propose(target);
    const key = JSON.stringify([call.access, call.args, call.steps?.map((step) => [step.method, step.args])]);
    if (this.tried.has(key)) return null;
    this.tried.add(key);
    const seen = await observe(call, this.scope, input.throws);
    if (seen?.members.length && !target.methods) this.learn(target, seen.members);
    return seen && { call, seen, fallen: [] };
  }

  // A function that gives back functions is used like a class: what it makes is called in turn.
  learn(target, members) {
    target.methods = members.map(({ method, length }) => ({ method, isGetter: false, parameters: parametersOf(method, { length }) }));
    target.quiet = 0;
  }

  // Once every point has been passed, little is left to find.
  patience() {
    const passed = new Set();
    for (const target of this.targets) for (const id of target.passed) if (id >= 0) passed.add(id);
    return passed.size >= input.points ? QUIET_ROUNDS : PATIENT_ROUNDS;
  }

  // Calls that comments show are made as they stand, and kept.
  async examples() {
    for (const target of this.targets) {
      if (target.methods) continue;
      for (const { args, expected } of target.examples) {
        const call = { access: target.access, args, parameters: target.parameters };
        const seen = await observe(call, this.scope, input.throws);
        if (!seen || isNonsense({ call, seen })) continue;
        const one = { call, seen, fallen: [], isPromised: isPromised(expected, seen) };
        if (!consider(target, one) && one.isPromised) target.kept.push({ ...one, added: 0 });
      }
    }
  }

  async forPoints(deadline) {
    await this.examples();
    while (now() < deadline && this.targets.some((target) => target.quiet < this.patience())) {
      for (const target of this.targets) {
        for (let turn = 0; turn < 10 && now() < deadline; turn += 1) {
          target.quiet += 1;
          const one = await this.attempt(target);
          if (one && consider(target, one)) target.quiet = 0;
        }
      }
    }
  }

  async forRivals(deadline) {
    this.tried.clear(); // what showed no new place may show a fault
    for (const target of this.targets) {
      for (const one of [...target.kept].sort(byCost)) {
        if (now() > deadline) return;
        one.fallen.push(...(await this.rivals.fell(one.call, one.seen, this.scope)));
      }
    }
    for (let quiet = 0; quiet < ROUNDS_WITHOUT_A_FALL && this.rivals.alive.size > 0 && now() < deadline; quiet += 1) {
      if (quiet % FOCUS_ROUNDS === 0) this.focus = this.inputs.pick([...this.rivals.alive]);
      const target = this.targets[quiet % this.targets.length];
      const one = await this.attempt(target);
      if (!one || (isNonsense(one) && this.inputs.chance(0.6))) continue;
      one.fallen.push(...(await this.rivals.fell(one.call, one.seen, this.scope)));
      if (one.fallen.length) {
        target.kept.push({ ...one, added: 0 });
        quiet = 0;
      } else if (now() < deadline) consider(target, one);
    }
  }
}

// Whether a comment promises just what the call gave.
function isPromised(expected, seen) {
  const promised = expected === null ? null : valueOf(expected);
  return promised !== null && seen.kind === 'returns' && written(promised.value) === seen.shown;
}

// Values before errors, short before long.
function byCost(left, right) {
  return cost(left) - cost(right);
}

function cost({ seen, isPromised: isTold }) {
  return (isTold ? -1000 : 0) + (seen.kind === 'throws' ? (seen.isDeliberate ? 400 : 2000) : 0) + seen.length;
}

function isNonsense({ call, seen }) {
  return (seen.kind === 'throws' && !seen.isDeliberate) || isOdd(call);
}

// A call is kept for a new point, a new path or a new result; paths and results up to a number.
function consider(target, one) {
  const { seen } = one;
  const added = seen.points.filter((id) => !target.passed.has(id)).length;
  const path = seen.points.join();
  const isNewPath = !target.paths.has(path);
  const isNewResult = !target.shown.has(seen.shown);
  if (added === 0 && (isNonsense(one) || !(isNewPath || isNewResult) || target.kept.length > 60)) return false;
  for (const id of seen.points) target.passed.add(id);
  target.paths.add(path);
  target.shown.add(seen.shown);
  target.kept.push({ ...one, added: added + (isNewPath ? 0.5 : 0) });
  return added > 0 || isNewPath;
}

module.exports = { Search, byCost };
