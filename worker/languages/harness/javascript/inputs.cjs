'use strict';
// Arguments for calls, as JavaScript text: guessed from how a parameter is used, from its name, and from what the source compares with.
const { operands } = require('./runtime.cjs');
const { written, writeString } = require('./literals.cjs');
const { sample } = require('./patterns.cjs');

const USES = {
  string: /^\.(charCodeAt|charAt|codePointAt|split|trim\w*|toLowerCase|toUpperCase|replace(All)?|substr(ing)?|startsWith|endsWith|match(All)?|padStart|padEnd|normalize|localeCompare|repeat|search)\(\)$|^typeof string$/,
  array: /^\.(map|filter|reduce\w*|push|pop|shift|unshift|forEach|sort|join|every|some|find\w*|splice|flat\w*|fill|reverse|entries|at)\(\)$|^iterate$/,
  number: /^number$|^\.to(Fixed|Precision)\(\)$|^typeof (number|bigint)$/,
  callback: /^call$|^\.(apply|call|bind)\(\)$|^typeof function$/,
  date: /^\.(getTime|getFullYear|getUTC\w+|getDate|getMonth|getDay|getHours|toISOString)\(\)$/,
  pattern: /^\.(test|exec|source|flags|lastIndex)(\(\))?$/,
  map: /^\.(get|set|has|delete)\(\)$/,
  boolean: /^typeof boolean$/,
  object: /^keys$|^typeof object$/,
};
const SEQUENCE = /^(\.length|\.slice\(\)|\.indexOf\(\)|\.lastIndexOf\(\)|\.includes\(\)|\.concat\(\)|index)$/;
const NAMES = {
  number: /^(a|b|c|d|n|m|i|j|k|x|y|z|r|g|h|w|v|t|p|q|num\w*|count|len|length|size|index|idx|min|max|start|end|from|to|lo|hi|low|high|limit|width|height|step|year|month|day|hours?|minutes?|seconds?|ms|price|amount|total|radius|angle|base|exp\w*|depth|age|rate|offset|position|digits?|precision|lower|upper|divisor|\w*(Count|Index|Size|Length|Number|Num))$/i,
  string: /^(s|str\w*|string\w*|text|name|word|key|input|path|prefix|suffix|char|ch|sep\w*|delimiter|url|email|first|second|source|target|line|code|message|msg|title|label|haystack|needle|query|date|token|hex|color|\w*(Str|String|Name|Text))$/i,
  array: /^(arr\w*|list\w*|items?|array\w*|nums|numbers|values|elements|elems|collection|matrix|grid|points|words|strings|candidates|data|rest|args|stack|queue|nodes|edges|\w*(List|Array|s))$/i,
  callback: /^(fn|func|function|cb|callback|predicate|iteratee|mapper|reducer|comparator|compare\w*|handler|listener|done|next|test)$/i,
  object: /^(obj\w*|object|opts?|options|config|settings|params|props|map|record|dict|context|state|user|node|tree|graph)$/i,
  boolean: /^(is|has|should|can|allow|enable|use|strict|flag|bool|deep|reverse|ascending|inclusive)/i,
};
const STRINGS = ["''", "'a'", "'abc'", "'Hello World'", "'aab'", "'racecar'", "'12'", "' padded '", "'a-b_c d'", "'ünïcode'", "'A1,b2'", "'(a[b]{c})'"];
const NUMBERS = ['0', '1', '2', '3', '-1', '5', '7', '10', '12', '0.5', '-2.5', '100', '255', '1000', '1e6', '1e9', 'NaN', 'Infinity'];
const ARRAYS = ['[]', '[1]', '[3, 1, 2]', '[1, 2, 3, 4, 5]', "['b', 'a', 'c']", '[1, 1, 2]', '[-1, 0, 1]', '[[1, 2], [3, 4]]', "['a', 'b', 'a']", '[5, 3, 9, 1, 7, 3]', "[{ id: 1, name: 'a' }, { id: 2, name: 'b' }]", '[true, false]'];
const CALLBACKS = ['(value) => value', '(value) => !value', '(value) => value > 1', '(value) => value * 2', '(a, b) => a + b', '(a, b) => a - b', '() => true', '() => undefined', '(value) => String(value)'];
const OBJECTS = ['{}', '{ a: 1 }', "{ a: 1, b: { c: 'x' } }", "{ name: 'a', value: 2 }", '{ a: [1, 2], b: null }'];
const OTHER = ['undefined', 'null', 'true', 'false'];
// Values of types that few functions expect: kept only where they pass what nothing else does.
const ODD = [
  "new Map([['a', 1]])", "new Set(['a'])", 'new WeakMap()', 'new WeakSet()', "new Date('2024-02-29T12:30:00.000Z')", 'new Date(NaN)', '/a/g', "new Error('odd')", "Symbol('odd')", '10n', 'Promise.resolve(1)',
  '(function () {})', '(function* () {})', '(function* () {})()', '(async () => 1)', '(class {})', 'Object.create(null)', "Buffer.from('a')", 'new ArrayBuffer(2)', 'new Uint8Array(2)', 'new Int8Array(2)', 'new Uint8ClampedArray(2)',
  'new Int16Array(2)', 'new Uint16Array(2)', 'new Int32Array(2)', 'new Uint32Array(2)', 'new Float32Array(2)', 'new Float64Array(2)', '[][Symbol.iterator]()', 'new Map().entries()', 'new Set().values()', "''[Symbol.iterator]()",
  '(function () { return arguments; })(1)', 'globalThis', 'Math', 'JSON', "new String('a')", 'new Number(1)', 'new Boolean(false)', 'new Array(3)', "Object.assign(() => 1, { a: 1 })", "new (class Odd { constructor() { this.a = 1; } })()", '{ toString: () => \'odd\' }', '{ valueOf: () => 7 }', '{ length: 2, 0: 1, 1: 2 }', '{ then: () => 1 }', 'undefined', 'null',
];
const ODDS = new Set(ODD);
const FIXED = {
  date: ["new Date('2024-02-29T12:30:00.000Z')", 'new Date(0)', "new Date('1999-12-31T23:59:59.999Z')"],
  pattern: ['/a/', '/\\d+/g', '/^[a-z]+$/i'],
  map: ["new Map([['a', 1]])", 'new Map()', "new Set(['a', 'b'])"],
  boolean: ['true', 'false'],
  callback: CALLBACKS,
};

function generator(seed) {
  let state = (seed * 2654435761 + 1) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

class Inputs {
  constructor(hints, seed) {
    this.hints = { ...hints, strings: hints.strings.map(readString).filter((one) => one !== null) };
    this.random = generator(seed);
  }

  pick(list) {
    return list[Math.floor(this.random() * list.length)];
  }

  chance(share) {
    return this.random() < share;
  }

  kinds(parameter) {
    const scores = new Map();
    const add = (kind, score) => scores.set(kind, (scores.get(kind) || 0) + score);
    for (const use of parameter.uses) {
      for (const [kind, pattern] of Object.entries(USES)) if (pattern.test(use)) add(kind, 3);
      if (SEQUENCE.test(use)) add('string', 1), add('array', 1);
      else if (/^\.\w+$/.test(use) && use !== '.length') add('object', 2);
    }
    const named = Object.keys(NAMES).filter((kind) => NAMES[kind].test(parameter.name));
    for (const kind of named) if (kind !== 'array' || named.length === 1) add(kind, scores.size ? 1 : 2);
    if (parameter.rest) add('number', 1), add('string', 1);
    if (scores.size === 0) for (const kind of ['number', 'string', 'array', 'object', 'boolean']) add(kind, 1);
    return [...scores];
  }

  argumentsFor(parameters) {
    const texts = [];
    for (const parameter of parameters) {
      if (parameter.rest) {
        const count = Math.floor(this.random() * 4);
        for (let made = 0; made < count; made += 1) texts.push(this.argument(parameter));
      } else texts.push(this.argument(parameter));
    }
    const optional = parameters.findIndex((one) => one.default || NAMES.object.test(one.name));
    if (optional >= 0 && this.chance(0.3)) texts.length = Math.min(texts.length, optional);
    return texts;
  }

  argument(parameter) {
    if (parameter.default && this.chance(0.2)) return parameter.default.match(/^[\d'"[{\]}.\s-]+$/) ? parameter.default : this.ofKind('number', parameter);
    if (this.chance(0.05)) return this.pick(OTHER);
    if (this.chance(0.05)) return this.pick(ODD);
    const kinds = this.kinds(parameter);
    const total = kinds.reduce((sum, [, score]) => sum + score * score, 0);
    let at = this.random() * total;
    for (const [kind, score] of kinds) {
      at -= score * score;
      if (at <= 0) return this.ofKind(kind, parameter);
    }
    return this.ofKind(kinds[0][0], parameter);
  }

  ofKind(kind, parameter) {
    if (kind === 'number') return this.number();
    if (kind === 'string') return this.string();
    if (kind === 'array') return this.array(parameter);
    if (kind === 'object') return this.object(parameter);
    return this.pick(FIXED[kind]);
  }

  number() {
    const compared = [...operands].filter((one) => typeof one === 'number');
    const mined = this.chance(0.5) && compared.length ? compared : this.hints.numbers;
    if (mined.length && this.chance(0.5)) {
      const value = this.pick(mined);
      return written(this.pick([value, value, value + 1, value - 1, -value, value * 2, value * 1.5, value / 2]));
    }
    if (this.chance(0.6)) return this.pick(NUMBERS);
    return written(Math.floor((this.random() - 0.3) * 10 ** Math.ceil(this.random() * 6)));
  }

  string() {
    const roll = this.random();
    if (roll < 0.3 && this.hints.patterns.length) {
      const [source] = this.pick(this.hints.patterns);
      const made = sample(source, this.random);
      if (made !== null) return writeString(made);
    }
    const compared = [...operands].filter((one) => typeof one === 'string');
    const mined = this.chance(0.4) && compared.length ? compared : this.hints.strings;
    if (roll < 0.55 && mined.length) return writeString(this.chance(0.3) ? this.pick(mined) + this.pick(mined) : this.pick(mined));
    const longest = [...this.hints.numbers].filter((one) => one > 3 && one <= 300 && Number.isInteger(one));
    if (roll < 0.6 && longest.length) return writeString('a'.repeat(this.pick(longest) + this.pick([-1, 0, 1])));
    if (roll < 0.85) return this.pick(STRINGS);
    let text = '';
    for (let left = Math.floor(this.random() * 8); left >= 0; left -= 1) text += this.pick([...'abcxyzABZ019 .-_,:/']);
    return writeString(text);
  }

  array(parameter) {
    if (this.chance(0.45)) return this.pick(ARRAYS);
    const makes = this.chance(0.5) || /str|word|name|candidate/i.test(parameter.name) ? () => this.string() : () => this.number();
    return `[${Array.from({ length: Math.floor(this.random() * 6) }, makes).join(', ')}]`;
  }

  object(parameter) {
    const keys = parameter.uses.filter((use) => /^\.\w+$/.test(use)).map((use) => use.slice(1));
    if (keys.length === 0) return this.pick(OBJECTS);
    const members = [];
    for (const key of new Set(keys)) if (this.chance(0.65)) members.push(`${key}: ${this.member()}`);
    return members.length ? `{ ${members.join(', ')} }` : '{}';
  }

  member() {
    return this.pick([() => 'true', () => 'true', () => 'false', () => this.number(), () => this.number(), () => this.number(), () => this.string(), () => this.pick(ARRAYS)])();
  }

  vary(texts, parameters) {
    if (texts.length === 0) return this.argumentsFor(parameters);
    const varied = [...texts];
    const at = Math.floor(this.random() * varied.length);
    const fresh = () => this.argument(parameters[Math.min(at, parameters.length - 1)] || { name: '', uses: [] });
    if (varied.length > 1 && this.chance(0.15)) varied[at] = this.pick(texts);
    else if (this.chance(0.2)) varied[at] = fresh();
    else varied[at] = this.varied(varied[at]) ?? fresh();
    return varied;
  }

  varied(text) {
    let value;
    try {
      value = (0, eval)(`(${text})`);
    } catch {
      return null;
    }
    if (typeof value === 'number') return written(this.pick([value + 1, value - 1, -value, value * 2, value / 2, value * 10, value + 0.5]));
    if (typeof value === 'string') return writeString(this.variedString(value));
    if (Array.isArray(value)) return written(this.variedArray(value));
    if (typeof value === 'boolean') return String(!value);
    if (value === null || typeof value !== 'object') return null;
    const keys = Object.keys(value);
    if (keys.length === 0 || Object.getPrototypeOf(value) !== Object.prototype) return null;
    const key = this.pick(keys);
    const member = this.varied(written(value[key]) ?? '0');
    return written({ ...value, [key]: member === null ? 0 : (0, eval)(`(${member})`) });
  }

  // Simpler arguments to try in place of these: fewer, shorter, rounder. What a parameter needs is never left out.
  *simpler(texts, parameters) {
    const last = parameters[texts.length - 1];
    if (texts.length > 0 && (!last || last.default || last.rest || NAMES.object.test(last.name))) yield texts.slice(0, -1);
    for (const [at, text] of texts.entries()) {
      for (const other of simplerValues(text)) yield texts.map((one, place) => (place === at ? other : one));
    }
  }

  variedString(value) {
    const at = Math.floor(this.random() * (value.length + 1));
    const inserted = () => (this.chance(0.5) && this.hints.strings.length ? this.pick(this.hints.strings) : this.pick([...'ab1 -.XZ,']));
    return this.pick([
      () => value.slice(0, at) + inserted() + value.slice(at),
      () => value.slice(0, at) + value.slice(at + 1),
      () => value.slice(0, at) + inserted() + value.slice(at + 1),
      () => value + value.slice(0, 20),
      () => (value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase()),
      () => [...value].reverse().join(''),
      () => value + inserted(),
    ])().slice(0, 200);
  }

  variedArray(value) {
    const copy = value.slice(0, 30);
    const at = Math.floor(this.random() * copy.length);
    const element = () => (0, eval)(`(${copy.length ? (this.varied(written(copy[at]) ?? '1') ?? '1') : this.number()})`);
    this.pick([
      () => copy.push(element()),
      () => copy.splice(at, 1),
      () => (copy[at] = element()),
      () => copy.push(copy[at]),
      () => copy.reverse(),
    ])();
    return copy;
  }
}

// A string literal as it stands in the source, escapes and all.
function readString(text) {
  try {
    return /^['"]/.test(text) ? String((0, eval)(text)) : text;
  } catch {
    return null;
  }
}

function simplerValues(text) {
  let value;
  try {
    value = (0, eval)(`(${text})`);
  } catch {
    return [];
  }
  if (typeof value === 'number') return text.length > 5 && !Number.isInteger(value) ? [written(Math.trunc(value))] : [];
  if (typeof value === 'string') return shorterStrings(value).map(writeString);
  if (Array.isArray(value)) return value.map((_, at) => written(value.filter((__, place) => place !== at))).filter(Boolean);
  if (value === null || typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return [];
  const members = Object.keys(value);
  const without = members.map((key) => Object.fromEntries(Object.entries(value).filter(([name]) => name !== key)));
  const truthy = members.filter((key) => ['string', 'object'].includes(typeof value[key])).map((key) => ({ ...value, [key]: true }));
  return [...without, ...truthy].map(written).filter(Boolean);
}

function shorterStrings(value) {
  const half = value.length >> 1;
  if (value.length < 2 || value.length > 60) return [];
  const cuts = [value.slice(0, half), value.slice(half), value.slice(1), value.slice(0, -1), value.trim(), value.replace(/\s+/g, ' '), value.replace(/\d+/, '2')];
  return [...new Set(cuts)].filter((one) => one !== '' && one !== value && one.length <= value.length);
}

const isOdd = (call) => call.args.some((text) => ODDS.has(text));

module.exports = { Inputs, isOdd };
