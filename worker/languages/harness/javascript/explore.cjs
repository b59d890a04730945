'use strict';
// Calls everything that the subject exports with generated arguments, keeps the calls that pass new points, and writes them as tests.
const { input, report, finish, guarded, keepAlive, now, broken } = require('./runtime.cjs');
const { load, scopeOf } = require('./subject.cjs');
const { Inputs, isOdd } = require('./inputs.cjs');
const { observe, testText } = require('./observe.cjs');

const ALL_TESTS = 60;
const QUIET_ROUNDS = 400;
const PATIENT_ROUNDS = 20000;

function isClass(value) {
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
  return Boolean(value.prototype) && Object.getOwnPropertyNames(value.prototype).some((name) => name !== 'constructor' && typeof value.prototype[name] === 'function');
}

function parametersOf(name, value) {
  const known = [name, name.split('.').pop()].find((one) => Object.hasOwn(input.hints.functions, one));
  if (known) return input.hints.functions[known];
  return Array.from({ length: value.length }, () => ({ name: '', default: '', rest: false, uses: [] }));
}

function methodsOf(Class, name) {
  const found = [];
  for (const [method, property] of Object.entries(Object.getOwnPropertyDescriptors(Class.prototype))) {
    if (method === 'constructor' || !/^[A-Za-z]\w*$/.test(method)) continue;
    if (property.get) found.push({ method, isGetter: true, parameters: [] });
    else if (typeof property.value === 'function') found.push({ method, isGetter: false, parameters: parametersOf(`${name}.${method}`, property.value) });
  }
  return found;
}

// Targets are reached by names that a test file binds, at most one member deep.
function targetsIn(scope) {
  const targets = [];
  const known = new Set();
  const visit = (access, value, depth) => {
    if (value === null || known.has(value) || !['function', 'object'].includes(typeof value)) return;
    known.add(value);
    if (typeof value === 'function') targets.push(targetOf(access, value));
    if (depth >= 2) return;
    for (const key of Object.getOwnPropertyNames(value)) {
      if (/^(length|name|prototype|arguments|caller)$/.test(key) || !/^[A-Za-z$][\w$]*$/.test(key)) continue;
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property && 'value' in property) visit(`${access}.${key}`, property.value, depth + 1);
    }
  };
  for (const [name, value] of Object.entries(scope)) visit(name, value, 0);
  return targets;
}

function targetOf(access, value) {
  const name = access.split('.').pop();
  const base = { access, kept: [], passed: new Set(), shown: new Set(), paths: new Set(), quiet: 0 };
  if (!isClass(value)) return { ...base, parameters: parametersOf(name, value) };
  return { ...base, isNew: true, parameters: parametersOf(`${name}.constructor`, value), methods: methodsOf(value, name) };
}

function propose(target, inputs) {
  const { parameters } = target;
  const model = target.kept.length && inputs.chance(0.6) ? inputs.pick(target.kept).call : null;
  const args = model && inputs.chance(target.isNew ? 0.4 : 1) ? inputs.vary(model.args, parameters) : model ? model.args : inputs.argumentsFor(parameters);
  const call = { access: target.access, args, parameters };
  if (!target.isNew) return call;
  const steps = model ? [...model.steps] : [];
  const wanted = target.methods.length ? Math.floor(inputs.random() * 4) : 0;
  if (model && steps.length && inputs.chance(0.5)) {
    const at = Math.floor(inputs.random() * steps.length);
    steps[at] = { ...steps[at], args: inputs.vary(steps[at].args, steps[at].parameters) };
  } else while (steps.length < wanted) steps.push(stepOf(target, inputs));
  return { ...call, isNew: true, steps: steps.slice(0, 5) };
}

function stepOf(target, inputs) {
  const method = inputs.pick(target.methods);
  return { ...method, args: method.isGetter ? [] : inputs.argumentsFor(method.parameters) };
}

// A call is kept for a new point, a new path or a new result; paths and results up to a number.
function consider(target, call, seen) {
  const added = seen.points.filter((id) => !target.passed.has(id)).length;
  const path = seen.points.join();
  const isNewPath = !target.paths.has(path);
  const isNewResult = !target.shown.has(seen.shown);
  const isNonsense = (seen.kind === 'throws' && !seen.isDeliberate) || isOdd(call);
  if (added === 0 && (isNonsense || !(isNewPath || isNewResult) || target.kept.length > 60)) return false;
  for (const id of seen.points) target.passed.add(id);
  target.paths.add(path);
  target.shown.add(seen.shown);
  target.kept.push({ call, seen, added: added + (isNewPath ? 0.5 : 0) });
  return added > 0 || isNewPath;
}

// Once every point has been passed, little is left to find.
function patience(targets) {
  const passed = new Set();
  for (const target of targets) for (const id of target.passed) if (id >= 0) passed.add(id);
  return passed.size >= input.points ? QUIET_ROUNDS : PATIENT_ROUNDS;
}

async function search(scope, targets, deadline) {
  const inputs = new Inputs(input.hints, input.seed);
  const tried = new Set();
  while (now() < deadline && targets.some((target) => target.quiet < patience(targets))) {
    for (const target of targets) {
      for (let turn = 0; turn < 10 && now() < deadline; turn += 1) {
        target.quiet += 1;
        const call = propose(target, inputs);
        const key = JSON.stringify([call.access, call.args, call.steps?.map((step) => [step.method, step.args])]);
        if (tried.has(key)) continue;
        tried.add(key);
        const seen = await observe(call, scope, input.throws);
        if (seen && consider(target, call, seen)) target.quiet = 0;
      }
    }
  }
}

// What adds points goes first, values before errors, short before long; then other paths and results fill the rest.
function chosen(target, limit) {
  const rank = ({ seen }) => (seen.kind === 'throws' ? (seen.isDeliberate ? 400 : 2000) : 0) + seen.length;
  const ranked = [...target.kept].sort((left, right) => rank(left) - rank(right));
  const covered = new Set();
  const first = [];
  const rest = [];
  let errors = 0;
  for (const one of ranked) {
    const added = one.seen.points.filter((id) => !covered.has(id));
    for (const id of added) covered.add(id);
    const isError = one.seen.kind === 'throws';
    if (added.length > 0) first.push(one);
    else if (!isError || (one.seen.isDeliberate && (errors += 1) <= 3)) rest.push(one);
  }
  rest.sort((left, right) => right.added - left.added);
  return [...first, ...rest].slice(0, Math.max(limit, first.length));
}

// A call that a person reads gladly: the simplest found that passes the same points and boundaries and ends in the same way.
async function simplified(one, scope, inputs, deadline) {
  let { call, seen } = one;
  const tried = new Set();
  for (let left = 60; left > 0 && !call.isNew; ) {
    let better = null;
    for (const args of inputs.simpler(call.args, call.parameters)) {
      const key = args.join();
      if (tried.has(key) || now() > deadline || (left -= 1) <= 0) continue;
      tried.add(key);
      const other = await observe({ ...call, args }, scope, input.throws);
      const isEmpty = other && /^(undefined|NaN|null)$/.test(other.shown) && other.shown !== seen.shown;
      if (other && !isEmpty && other.kind === seen.kind && other.points.join() === seen.points.join()) {
        better = { call: { ...call, args }, seen: other };
        break;
      }
    }
    if (!better) break;
    ({ call, seen } = better);
  }
  return call;
}

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
  return texts[0] === texts[1] ? texts[0] : null;
}

async function main() {
  keepAlive();
  const deadline = now() + input.seconds * 700;
  const loaded = await guarded(() => load(input.source), { milliseconds: 2000, steps: 2e7 });
  const scope = loaded.value ? scopeOf(loaded.value) : {};
  const targets = targetsIn(scope);
  if (targets.length) await search(scope, targets, deadline);
  const limit = Math.max(6, Math.min(24, Math.floor(ALL_TESTS / Math.max(1, targets.length))));
  const inputs = new Inputs(input.hints, input.seed);
  const told = new Set();
  const last = deadline + input.seconds * 600;
  for (const target of targets) {
    for (const one of chosen(target, limit)) {
      if (now() > last) break;
      const test = await confirmed(await simplified(one, scope, inputs, deadline + input.seconds * 150));
      if (test !== null && !told.has(test)) report({ test });
      told.add(test);
    }
  }
  finish();
}

main().catch(broken);
