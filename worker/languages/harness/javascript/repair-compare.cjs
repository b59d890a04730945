'use strict';
// Calls the broken subject and changed versions of it on the same inputs and tells what each shows.
// Inputs: the calls that the tests make, those of the documentation, and neighbours of both.
const { input, report, finish, guarded, keepAlive, broken, now } = require('./runtime.cjs');
const { boundSizes } = require('./sizes.cjs');
const { written } = require('./literals.cjs');
const { Inputs } = require('./inputs.cjs');
const { Suite, begin } = require('./repair-suite.cjs');
const { World } = require('./repair-world.cjs');
const { edited, tests } = require('./repair-run.cjs');
const { attempt, driven, each } = require('./repair-together.cjs');

const LOADING = { milliseconds: 1000, steps: 5e6 };
const CALL = { milliseconds: 250, steps: 60000 };
const LONGEST = 300;
const MOST_RECORDED = 40;
const UNTOLD = '(not to be told)';

// Functions that note what they are called with before they do their work.
function recording(exported, note) {
  const noting = (name, work) =>
    new Proxy(work, {
      apply(target, self, args) {
        note(name, args);
        return Reflect.apply(target, self, args);
      },
    });
  if (typeof exported === 'function') return noting('', exported);
  if (exported === null || typeof exported !== 'object') return exported;
  return Object.fromEntries(Object.entries(exported).map(([name, value]) => [name, typeof value === 'function' && !isClass(value) ? noting(name, value) : value]));
}

const isClass = (value) => /^class\b/.test(Function.prototype.toString.call(value));

async function recorded(exported) {
  const calls = new Map();
  const note = (name, args) => {
    const texts = args.map(written);
    if (calls.size < MOST_RECORDED && !texts.includes(null)) calls.set(`${name}(${texts.join(', ')})`, { name, args: texts });
  };
  begin('', false);
  const world = new World();
  world.subject = recording(exported, note);
  for (const file of tests) {
    const suite = new Suite(file.path);
    world.suite = suite;
    await guarded(() => world.run(file), LOADING);
    await driven(suite.run(LOADING, true));
  }
  return [...calls.values()];
}

function promised(exported) {
  const { main, names } = input.subject;
  return Object.entries(input.hints.examples ?? {}).flatMap(([told, examples]) => {
    const name = told === main && typeof exported === 'function' ? '' : told;
    return name === '' || names.includes(name) ? examples.map(({ args, expected }) => ({ name, args, expected })) : [];
  });
}

function parametersOf(name) {
  return input.hints.functions[name || input.subject.main] ?? [];
}

function varied(seeds, exported) {
  const inputs = new Inputs(input.hints, input.seed);
  const found = new Map(seeds.map((call) => [textOf(call), call]));
  const own = typeof exported === 'function' ? [''] : Object.keys(exported ?? {}).filter((name) => typeof exported[name] === 'function' && !isClass(exported[name]));
  for (let left = input.inputs * 4; left > 0 && found.size < input.inputs; left -= 1) {
    const seed = seeds.length && inputs.chance(0.85) ? inputs.pick(seeds) : null;
    const name = seed ? seed.name : inputs.pick(own);
    if (name === undefined) break;
    const args = seed ? inputs.vary([...seed.args], parametersOf(name)) : inputs.argumentsFor(parametersOf(name));
    const call = { name, args };
    if (!args.includes(null)) found.set(textOf(call), call);
  }
  return [...found.values()].slice(0, input.inputs);
}

const textOf = ({ name, args }) => `${name || input.subject.main || 'subject'}(${args.join(', ')})`;
const evaluate = (text) => (0, eval)(`(${text})`);

// Steps to what a call shows: its value, its error, or that it has no end.
function* shown(call, exported) {
  const outcome = yield* attempt(() => {
    const callee = call.name === '' ? exported : exported[call.name];
    return callee(...call.args.map(evaluate));
  }, CALL);
  if (outcome.stopped) return '(endless)';
  if ('thrown' in outcome) return `throws ${outcome.thrown instanceof Error ? outcome.thrown.name : 'something'}`;
  return (written(outcome.value) ?? UNTOLD).slice(0, LONGEST);
}

// What each of the calls shows.
async function allShown(calls, exported) {
  const signs = [];
  if (exported === null) return calls.map(() => '(not loaded)');
  const note = (place, sign) => void (signs[place] = sign);
  const steps = function* at(place) {
    note(place, yield* shown(calls[place], exported));
  };
  let next = 0;
  await each(() => (next < calls.length ? next++ : undefined), steps, { milliseconds: CALL.milliseconds, done: () => {}, endless: (place) => note(place, '(endless)') });
  return signs;
}

async function versionOf(source) {
  const loaded = await guarded(() => new World().load(source), LOADING);
  return 'value' in loaded && !loaded.stopped ? loaded.value ?? {} : null;
}

async function main() {
  keepAlive();
  boundSizes();
  process.stdout.write = () => true;
  const deadline = now() + input.seconds * 1000;
  const original = await versionOf(input.base);
  const examples = promised(original);
  const calls = original === null ? [] : varied([...(await recorded(original)), ...examples], original);
  report({ inputs: calls.map(textOf) });
  const kept = examples.filter(({ expected }) => typeof expected === 'string');
  for (const version of [{ id: -1, text: input.base }, ...input.candidates]) {
    if (now() > deadline) break;
    report({ started: version.id });
    const exported = version.id < 0 ? original : await versionOf(version.text ?? edited(version.edits));
    const signs = await allShown(calls, exported);
    const answers = await allShown(kept, exported);
    const promises = kept.filter(({ expected }, place) => answers[place] === written(safely(expected))).length;
    report({ id: version.id, signs, promised: [promises, kept.length] });
  }
  finish();
}

function safely(text) {
  try {
    return evaluate(text);
  } catch {
    return Symbol('none');
  }
}

main().catch(broken);
