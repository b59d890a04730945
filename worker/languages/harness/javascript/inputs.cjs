'use strict';
// Arguments for calls, as JavaScript text: guessed from how a parameter is used, from its name, and from what the source compares with.
const { operands } = require('./runtime.cjs');
const { written, writeString } = require('./literals.cjs');
const { sample } = require('./patterns.cjs');
const { Variation, valueOf } = require('./variation.cjs');

const { USES, SEQUENCE, NAMES, STRINGS, NUMBERS, ARRAYS, OBJECTS, OTHER, ODD, ODDS, FIXED } = require('./values.cjs');

const CAUTIOUS = 1000;

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
    const read = (texts) => texts.map(readString).filter((one) => one !== null);
    this.hints = { ...hints, strings: read(hints.strings), separators: read(hints.separators) };
    if (hints.isCautious) this.hints.numbers = this.hints.numbers.filter((one) => Math.abs(one) <= CAUTIOUS);
    this.random = generator(seed);
    this.variation = new Variation(this);
  }

  vary(texts, parameters) {
    return texts.length === 0 ? this.argumentsFor(parameters) : this.variation.of(texts, parameters);
  }

  // A character whose code the source compares with, or a neighbour of it.
  character() {
    const codes = [...operands, ...this.hints.numbers].filter((one) => Number.isInteger(one) && one >= 32 && one < 127);
    if (codes.length === 0 || this.chance(0.2)) return this.pick([...'abcxyzABZ019 .-_,:/']);
    return String.fromCharCode(Math.max(32, this.pick(codes) + this.pick([0, 0, -1, 1])));
  }

  key() {
    const words = this.hints.strings.filter((one) => /^[A-Za-z_]\w*$/.test(one));
    return words.length ? this.pick(words) : null;
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
    if (parameter.isTyped && scores.size) return [...scores];
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
      } else if (texts.length && this.chance(0.12)) texts.push(this.pick(texts));
      else texts.push(this.argument(parameter));
    }
    const optional = parameters.findIndex((one) => one.default || NAMES.object.test(one.name));
    if (optional >= 0 && this.chance(0.3)) texts.length = Math.min(texts.length, optional);
    return texts;
  }

  argument(parameter) {
    if (parameter.default && this.chance(0.2)) return parameter.default.match(/^[\d'"[{\]}.\s-]+$/) ? parameter.default : this.ofKind('number', parameter);
    if (parameter.values?.length && this.chance(0.95)) return this.pick(parameter.values); // what its declared type allows
    const isFree = !parameter.isTyped || this.chance(0.2);
    if (isFree && this.chance(0.05)) return this.pick(OTHER);
    if (isFree && this.chance(0.05)) return this.pick(ODD);
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
    const text = this.anyNumber();
    return this.hints.isCautious && Math.abs(Number(text)) > CAUTIOUS ? '7' : text;
  }

  anyNumber() {
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
    if (this.hints.texts.length && this.chance(0.25)) return this.pick(this.hints.texts);
    if (this.chance(0.2)) return writeString(this.words());
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
    for (let left = Math.floor(this.random() * 8); left >= 0; left -= 1) text += this.character();
    return writeString(text);
  }

  // Words that the source speaks of, put together by what it takes texts apart with.
  words() {
    const { strings, separators } = this.hints;
    const separator = separators.length && this.chance(0.8) ? this.pick(separators) : ' ';
    const word = () => (strings.length && this.chance(0.7) ? this.pick(strings) : this.pick(['a', 'bb', 'Abc', '1', '12', 'x', this.character()]));
    return Array.from({ length: 1 + Math.floor(this.random() * 4) }, word).join(separator);
  }

  array(parameter) {
    if (this.hints.lists.length && this.chance(0.25)) return this.pick(this.hints.lists);
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

  // Simpler arguments to try in place of these: fewer, shorter, rounder. What a parameter needs is never left out.
  *simpler(texts, parameters) {
    const last = parameters[texts.length - 1];
    if (texts.length > 0 && (!last || last.default || last.rest || NAMES.object.test(last.name))) yield texts.slice(0, -1);
    for (const [at, text] of texts.entries()) {
      if (parameters[at]?.values?.length) continue; // as simple as its declared type allows
      for (const other of simplerValues(text)) yield texts.map((one, place) => (place === at ? other : one));
    }
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
  const made = valueOf(text);
  if (made === null) return [];
  const { value } = made;
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
