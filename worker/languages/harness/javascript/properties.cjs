'use strict';
// Properties that held for every input tried: one function undoes another, or doing it again changes nothing. Names say where to look; runs decide.
const { guarded, ended } = require('./runtime.cjs');
const { resolve } = require('./observe.cjs');
const { written, writeString } = require('./literals.cjs');

const UNDONE = [
  [/encode/i, 'decode'], [/stringify|format|serialize|dump/i, 'parse'], [/serialize/i, 'deserialize'], [/^to(?=[A-Z])/, 'from'], [/^compress/i, 'decompress'],
  [/encrypt|encipher/i, 'decrypt'], [/^escape/i, 'unescape'], [/^pack/i, 'unpack'], [/^flatten/i, 'unflatten'], [/^wrap/i, 'unwrap'], [/^quote/i, 'unquote'],
];
const SETTLED = /^(normali[sz]e|trim|clean|sanitize|sort|uni(que|q)|dedupe|slugify|capitalize|compact|clamp|round|to(Upper|Lower|Camel|Kebab|Snake|Title)\w*|camelCase|kebabCase|snakeCase|abs|canonical\w*|simplify|collapse\w*|strip\w*)/i;
const INPUTS = 6;
const LEAST = 3;

const nameOf = (access) => access.split('.').pop();

// The function that should give back what this one was given.
function undoing(target, targets) {
  const name = nameOf(target.access);
  for (const [pattern, opposite] of UNDONE) {
    if (!pattern.test(name)) continue;
    const wanted = name.replace(pattern, opposite).toLowerCase();
    const found = targets.find((one) => !one.isNew && nameOf(one.access).toLowerCase() === wanted);
    if (found && found !== target) return found;
  }
  return null;
}

// Texts of the arguments that gave a value: one each.
function inputsOf(target) {
  const calls = target.kept.filter(({ call, seen }) => call.args.length === 1 && !call.steps && seen.kind === 'returns' && !seen.isAsync);
  return [...new Set(calls.map(({ call }) => call.args[0]))].slice(0, 3 * INPUTS);
}

async function shownBy(work) {
  const outcome = await guarded(work, { milliseconds: 200, steps: 300000 });
  return 'value' in outcome && ended.code === null ? outcome.value : null;
}

async function* roundTrips(targets, scope) {
  for (const target of targets.filter((one) => !one.isNew)) {
    const back = undoing(target, targets);
    if (!back) continue;
    const there = resolve(scope, target.access);
    const again = resolve(scope, back.access);
    const held = [];
    for (const text of inputsOf(target)) {
      const shown = await shownBy(() => {
        const made = there.value.call(there.owner, (0, eval)(`(${text})`));
        return [written((0, eval)(`(${text})`)), written(again.value.call(again.owner, made)), written(made)];
      });
      if (shown && shown[0] !== null && shown[0] === shown[1] && shown[0] !== shown[2]) held.push(text);
    }
    if (held.length >= LEAST) yield test(`${back.access} undoes ${target.access}`, held, `assert.deepEqual(${back.access}(${target.access}(value)), value);`);
  }
}

async function* settledOnes(targets, scope) {
  for (const target of targets.filter((one) => !one.isNew && SETTLED.test(nameOf(one.access)))) {
    const { owner, value } = resolve(scope, target.access);
    const held = [];
    let changed = 0;
    for (const text of inputsOf(target)) {
      const shown = await shownBy(() => {
        const input = (0, eval)(`(${text})`);
        const before = written(input);
        const once = value.call(owner, input);
        const first = written(once);
        return [before, first, written(value.call(owner, once))];
      });
      if (!shown || shown[1] === null || shown[1] !== shown[2]) {
        held.length = 0;
        break;
      }
      if (shown[0] !== shown[1]) changed += 1;
      held[shown[0] === shown[1] ? 'push' : 'unshift'](text);
    }
    if (held.length >= LEAST && changed > 0) yield test(`${target.access} changes nothing when done again`, held, `assert.deepEqual(${target.access}(${target.access}(value)), ${target.access}(value));`);
  }
}

function test(name, inputs, line) {
  const values = inputs.slice(0, INPUTS).join(', ');
  return `test(${writeString(name)}, () => {\n  for (const value of [${values}]) {\n    ${line}\n  }\n});`;
}

async function* propertiesOf(targets, scope) {
  yield* roundTrips(targets, scope);
  yield* settledOnes(targets, scope);
}

module.exports = { propertiesOf };
