'use strict';
// Small changes of arguments that were accepted: the search climbs by these.
const { operands } = require('./runtime.cjs');
const { written, writeString } = require('./literals.cjs');

const LONGEST_STRING = 200;
const LONGEST_ARRAY = 30;

function valueOf(text) {
  try {
    return { value: (0, eval)(`(${text})`) };
  } catch {
    return null;
  }
}

function isPlain(value) {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype;
}

class Variation {
  constructor(inputs) {
    this.inputs = inputs;
  }

  pick(list) {
    return this.inputs.pick(list);
  }

  // One or more of the arguments changed, or arguments related to each other.
  of(texts, parameters) {
    const varied = [...texts];
    const at = Math.floor(this.inputs.random() * varied.length);
    const fresh = () => this.inputs.argument(parameters[Math.min(at, parameters.length - 1)] || { name: '', uses: [] });
    if (varied.length > 1 && this.inputs.chance(0.2)) return this.related(varied, at);
    varied[at] = this.inputs.chance(parameters[at]?.values?.length ? 0.8 : 0.2) ? fresh() : (this.text(varied[at]) ?? fresh());
    return varied;
  }

  related(texts, at) {
    const other = Math.floor(this.inputs.random() * texts.length);
    if (this.inputs.chance(0.5)) [texts[at], texts[other]] = [texts[other], texts[at]];
    else texts[at] = this.inputs.chance(0.4) ? (this.text(texts[other]) ?? texts[other]) : texts[other];
    return texts;
  }

  text(text) {
    const made = valueOf(text);
    return made && this.value(made.value);
  }

  // The text of a neighbour of a value; null where it has none.
  value(value) {
    if (typeof value === 'number') return written(this.number(value));
    if (typeof value === 'bigint') return written(this.pick([value + 1n, value - 1n, -value, value * 2n]));
    if (typeof value === 'string') return writeString(this.string(value).slice(0, LONGEST_STRING));
    if (typeof value === 'boolean') return String(!value);
    if (Array.isArray(value)) return written(this.array(value.slice(0, LONGEST_ARRAY)));
    if (value instanceof Map) return this.collection('Map', this.array([...value]));
    if (value instanceof Set) return this.collection('Set', this.array([...value]));
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : written(new Date(value.getTime() + this.pick([1, -1, 1000, 86400000, -86400000, 31 * 86400000])));
    return isPlain(value) ? written(this.object(value)) : null;
  }

  collection(name, items) {
    const text = written(items);
    return text && (name === 'Set' || items.every((one) => Array.isArray(one))) ? `new ${name}(${text})` : null;
  }

  number(value) {
    const compared = [...operands].filter((one) => typeof one === 'number');
    if (compared.length && this.inputs.chance(0.15)) return this.pick(compared) + this.pick([-1, 0, 0, 1]);
    return this.pick([value + 1, value - 1, value + 1, value - 1, -value, value * 2, Math.trunc(value / 2), value / 2, value * 10, value + 10, value + 0.5, 0]);
  }

  string(value) {
    const separator = [...this.inputs.hints.separators, ' ', ','].find((one) => one !== '' && value.includes(one));
    if (separator && this.inputs.chance(0.4)) return this.tokens(value.split(separator)).join(separator);
    const at = Math.floor(this.inputs.random() * (value.length + 1));
    const unit = value.charCodeAt(at);
    const other = Math.floor(this.inputs.random() * value.length);
    const replaced = (text) => value.slice(0, at) + text + value.slice(at + 1);
    return this.pick([
      () => value.slice(0, at) + this.piece() + value.slice(at),
      () => value.slice(0, at) + value.slice(at + 1),
      () => replaced(this.piece()),
      () => (Number.isNaN(unit) ? value + this.piece() : replaced(String.fromCharCode(Math.max(32, unit + this.pick([-1, 1]))))),
      () => (at < value.length ? replaced(value[at] === value[at].toUpperCase() ? value[at].toLowerCase() : value[at].toUpperCase()) : value.trim()),
      () => value.slice(0, at) + (value[other] ?? '') + value.slice(at),
      () => replaced(value[other] ?? ''),
      () => value + value.slice(0, 20),
      () => this.lengthened(value),
      () => (value === value.toUpperCase() ? value.toLowerCase() : value.toUpperCase()),
      () => [...value].reverse().join(''),
      () => value + this.piece(),
      () => value.slice(0, at),
      () => value.slice(at),
      () => value.replace(/\d+/, (digits) => String(Math.max(0, Number(digits) + this.pick([-1, 1, 10])))),
    ])();
  }

  // As long as a number that the source speaks of, or longer by one.
  lengthened(value) {
    const sizes = this.inputs.hints.numbers.filter((one) => Number.isInteger(one) && one > value.length && one < LONGEST_STRING);
    return sizes.length === 0 ? value : value.padEnd(this.pick(sizes) + this.pick([0, 1]), value.slice(-1) || 'a');
  }

  // The parts of a text, changed as a list: one replaced, added, left out, exchanged with another.
  tokens(parts) {
    const at = Math.floor(this.inputs.random() * parts.length);
    const other = Math.floor(this.inputs.random() * parts.length);
    this.pick([
      () => (parts[at] = this.piece()),
      () => (parts[at] = this.string(parts[at])),
      () => parts.splice(at, 0, this.piece()),
      () => parts.splice(at, 1),
      () => parts.push(parts[at]),
      () => ([parts[at], parts[other]] = [parts[other], parts[at]]),
    ])();
    return parts;
  }

  // A character or a word to put in: one that the source speaks of, or a common one.
  piece() {
    const { inputs } = this;
    if (inputs.chance(0.3) && inputs.hints.strings.length) return this.pick(inputs.hints.strings);
    if (inputs.chance(0.3)) return inputs.character();
    const compared = [...operands].filter((one) => typeof one === 'string' && one.length < 12);
    if (inputs.chance(0.3) && compared.length) return this.pick(compared);
    return this.pick([...'ab1 -.XZ,0']);
  }

  element(copy) {
    const near = copy.length ? this.value(this.pick(copy)) : null;
    const made = valueOf(near ?? this.inputs.number());
    return made ? made.value : 1;
  }

  array(copy) {
    const at = Math.floor(this.inputs.random() * copy.length);
    const other = Math.floor(this.inputs.random() * copy.length);
    this.pick([
      () => copy.push(this.element(copy)),
      () => copy.unshift(this.element(copy)),
      () => copy.splice(at, 1),
      () => (copy[at] = this.element(copy.slice(at, at + 1))),
      () => (copy[at] = this.element(copy.slice(at, at + 1))),
      () => copy.push(copy[at]),
      () => copy.reverse(),
      () => ([copy[at], copy[other]] = [copy[other], copy[at]]),
      () => (copy[at] = copy[other]),
      () => copy.splice(at + 1),
    ])();
    return copy.filter((one, place) => one !== undefined || place < copy.length - 1);
  }

  object(value) {
    const keys = Object.keys(value);
    const key = keys.length && this.inputs.chance(0.8) ? this.pick(keys) : (this.inputs.key() ?? 'a');
    if (keys.length && this.inputs.chance(0.15)) return Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));
    const text = Object.hasOwn(value, key) ? this.value(value[key]) : this.inputs.member();
    const made = valueOf(text ?? this.inputs.member());
    return { ...value, [key]: made ? made.value : 0 };
  }
}

module.exports = { Variation, valueOf };
