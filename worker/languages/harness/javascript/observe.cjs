'use strict';
// Makes a call and writes what was seen as the body of a test. A call is {access, args, isNew, steps: [{method, args}]}, arguments as text.
const { guarded, hits, equal, ended, counter } = require('./runtime.cjs');
const { written, writeString } = require('./literals.cjs');

const NAME_LENGTH = 90;
const CHANGE = -100000;
const LIMITS = { milliseconds: 250, steps: 300000 };

function textOf(call) {
  return `${call.isNew ? 'new ' : ''}${call.access}(${call.args.join(', ')})`;
}

function resolve(scope, access) {
  const [first, ...rest] = access.split('.');
  let owner;
  let value = scope[first];
  for (const key of rest) [owner, value] = [value, value[key]];
  return { owner, value };
}

const evaluate = (text) => (0, eval)(`(${text})`);

// Resolves to {lines, name, kind, points, isAsync} or null where nothing can be asserted.
async function observe(call, scope, throws, limits = LIMITS) {
  hits.fill(0);
  equal.fill(0);
  ended.code = null;
  let steps = 0;
  const within = async (work) => {
    const outcome = await guarded(work, limits);
    steps += counter.steps;
    return outcome;
  };
  const seen = await (call.steps ? observeUse : observeFunction)(call, scope, throws, within);
  return seen && { ...seen, steps };
}

async function observeFunction(call, scope, throws, within) {
  const { owner, value } = resolve(scope, call.access);
  const seen = await observeCall({ text: textOf(call), args: call.args, parameters: call.parameters }, (args) => value.apply(owner, args), throws, within);
  if (!seen || (seen.isBare && seen.members.length === 0)) return null;
  return finished(seen.lines, seen, call);
}

// What is made, by `new` or by a call, and then used step by step.
async function observeUse(call, scope, throws, within) {
  const { owner, value } = resolve(scope, call.access);
  const make = call.isNew ? () => new value(...call.args.map(evaluate)) : () => value.apply(owner, call.args.map(evaluate));
  const made = await within(make);
  if (made.stopped || ended.code !== null) return null;
  if ('thrown' in made) {
    const seen = thrownLines(textOf(call), made.thrown, throws, made.isPromise);
    return seen && finished(seen.lines, { ...seen, subject: textOf(call) }, call);
  }
  const name = call.isNew ? 'instance' : 'made';
  const lines = [`const ${name} = ${made.isPromise ? 'await ' : ''}${textOf(call)};`];
  const last = await useOf(name, made.value, call.steps, lines, (each, invoke) => observeCall(each, invoke, throws, within));
  if (last === null) return null;
  const state = call.isNew ? written({ ...made.value }) : null;
  if (state !== null && state !== '{}') lines.push(`assert.deepEqual({ ...instance }, ${state});`);
  if (!lines.some((line) => line.includes('assert.'))) return null;
  const steps = call.steps.slice(0, last.done).map((step) => step.method || 'called').join(', ');
  const subject = `${textOf(call)}${steps ? `, then ${steps}` : ''}`;
  return finished(lines, last.kind ? { ...last, subject } : { kind: 'returns', shown: 'its state', subject }, call);
}

// Adds the lines of each step; resolves to what the last one showed, or null where one of them can't be told.
async function useOf(name, object, steps, lines, observeStep) {
  let last = {};
  for (const [at, step] of steps.entries()) {
    const place = step.method ? `${name}.${step.method}` : name;
    const invoke = step.isGetter ? () => object[step.method] : (args) => (step.method ? object[step.method](...args) : object(...args));
    const text = step.isGetter ? place : `${place}(${step.args.join(', ')})`;
    last = await observeStep({ text, args: step.args, parameters: step.parameters, self: object, name, suffix: at ? String(at + 1) : '' }, invoke);
    if (!last) return null;
    lines.push(...last.lines);
    last.done = at + 1;
    if (last.kind === 'throws') break;
  }
  return last;
}

function finished(lines, seen, call) {
  // A function's own text shows the instrumented copy, not the subject; a path shows this run's folder.
  if (lines.some((line) => line.includes('__ddf') || line.includes(process.cwd()))) return null;
  const points = [];
  for (let id = 0; id < hits.length; id += 1) if (hits[id]) points.push(id);
  const boundaries = [];
  for (let id = 0; id < equal.length; id += 1) if (equal[id]) boundaries.push(-id);
  let name = `${seen.subject ?? textOf(call)} ${seen.kind} ${seen.shown}`;
  if (name.length > NAME_LENGTH) name = `${name.slice(0, NAME_LENGTH - 1)}…`;
  const isAsync = lines.some((line) => line.includes('await '));
  return { lines, name, kind: seen.kind, isDeliberate: seen.isDeliberate, shown: seen.shown, points: seen.isChange ? [...points, ...boundaries, CHANGE] : [...points, ...boundaries], isAsync, members: seen.members ?? [], length: lines.join().length };
}

async function observeCall(call, invoke, throws, within) {
  const values = call.args.map(evaluate);
  const before = values.map(written);
  const outcome = await within(() => invoke(values));
  if (outcome.stopped || ended.code !== null) return null;
  if ('thrown' in outcome) return thrownLines(call.text, outcome.thrown, throws, outcome.isPromise);
  const after = values.map(written);
  const changed = before.some((text, at) => text !== null && after[at] !== null && text !== after[at]);
  const named = changed ? namedArguments(call, before, after) : { lines: [], text: call.text, checks: [] };
  const text = outcome.isPromise ? `await ${named.text}` : named.text;
  const isItself = call.self !== undefined && outcome.value === call.self && !outcome.isPromise;
  const expected = isItself ? { line: `assert.equal(${text}, ${call.name});`, shown: 'itself' } : await expectation(outcome.value, text);
  const members = membersOf(outcome.value);
  if (!changed && expected === null) return { lines: [`${text};`], kind: 'returns', shown: 'something', isBare: true, members };
  if (!changed) return { lines: [expected.line], kind: 'returns', shown: expected.shown, members };
  const isTelling = expected !== null && outcome.value !== undefined;
  const lines = [...named.lines, isTelling ? expected.line : `${text};`, ...named.checks];
  const change = `what it is given to ${after.filter((one, at) => one !== before[at]).join(', ')}`;
  return { lines, kind: isTelling ? 'returns' : 'changes', shown: isTelling ? expected.shown : change, isChange: true };
}

// An argument that the call changes is put in a variable, so that the change can be asserted.
function namedArguments(call, before, after) {
  const lines = [];
  const checks = [];
  const texts = call.args.map((text, at) => {
    if (before[at] === after[at] || after[at] === null) return text;
    const known = call.parameters?.[at]?.name ?? '';
    const name = /^[a-z]\w{2,}$/i.test(known) && !/^(assert|test|instance|arguments|function|new|var|let|const|delete|default|class|null|this|true|false|in|of|for|try|enum|eval|case|void|with|super|static|public|import|export|return|switch|throw|typeof|yield|await|async|break|catch|while|else|require|module)$/.test(known) && !call.text.startsWith(known) ? known + (call.suffix ?? '') : `argument${at + 1}${call.suffix ?? ''}`;
    lines.push(`const ${name} = ${text};`);
    checks.push(`assert.deepEqual(${name}, ${after[at]});`);
    return name;
  });
  const head = call.text.slice(0, call.text.length - call.args.join(', ').length - 1);
  return { lines, checks, text: `${head}${texts.join(', ')})` };
}

// Names of what can be called of a value that was given back: its functions, or '' for itself.
function membersOf(value) {
  if (typeof value === 'function') return [{ method: '', length: value.length }];
  if (value === null || typeof value !== 'object' || Array.isArray(value) || typeof value.then === 'function') return [];
  const own = Object.entries(Object.getOwnPropertyDescriptors(value)).filter(([name, property]) => /^[A-Za-z]\w*$/.test(name) && typeof property.value === 'function');
  return own.slice(0, 12).map(([method, property]) => ({ method, length: property.value.length }));
}

async function expectation(value, text) {
  const direct = written(value);
  if (direct !== null) {
    const isObject = value !== null && typeof value === 'object';
    return { line: `assert.${isObject ? 'deepEqual' : 'equal'}(${text}, ${direct});`, shown: direct };
  }
  if (typeof value === 'function') return { line: `assert.equal(typeof ${bracketed(text)}, 'function');`, shown: 'a function' };
  if (value === null || typeof value !== 'object') return null;
  if (typeof value.next === 'function' && typeof value[Symbol.iterator] === 'function') {
    const taken = await guarded(() => taking(value), LIMITS);
    const items = taken.value ? written(taken.value) : null;
    return items === null ? null : { line: `assert.deepEqual([...${text}], ${items});`, shown: `an iterator of ${items}` };
  }
  if (value instanceof Promise || Array.isArray(value)) return null;
  const state = written({ ...value });
  return state === null || state === '{}' ? null : { line: `assert.deepEqual({ ...${bracketed(text)} }, ${state});`, shown: state };
}

const bracketed = (text) => (text.startsWith('await ') ? `(${text})` : text);

function taking(iterator) {
  const items = [];
  for (const item of iterator) {
    items.push(item);
    if (items.length > 60) return null;
  }
  return items;
}

// An error that the subject throws on purpose is asserted with its message; one of the engine's own only by its name.
function thrownLines(text, thrown, throws, isPromise) {
  if (!(thrown instanceof Error) || typeof thrown.name !== 'string' || typeof thrown.message !== 'string') return null;
  // What the system refuses (files, sockets, processes) is the sandbox's doing, and stack overflows depend on the machine.
  if (/call stack/i.test(thrown.message) || thrown.syscall !== undefined || /^ERR_ACCESS|^E[A-Z]{3,}$/.test(thrown.code)) return null;
  const isDeliberate = throws.some((id) => hits[id]);
  const message = isDeliberate && thrown.message.length < 300 ? `, message: ${writeString(thrown.message)}` : '';
  const check = `{ name: ${writeString(thrown.name)}${message} }`;
  const line = isPromise ? `await assert.rejects(() => ${text}, ${check});` : `assert.throws(() => ${text}, ${check});`;
  return { lines: [line], kind: 'throws', shown: thrown.name, isDeliberate };
}

function testText(seen) {
  const body = seen.lines.map((line) => `  ${line}`).join('\n');
  return `test(${writeString(seen.name)}, ${seen.isAsync ? 'async ' : ''}() => {\n${body}\n});`;
}

module.exports = { observe, resolve, testText };
