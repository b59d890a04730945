'use strict';
// Writes a value as a JavaScript expression that makes an equal one, or throws Unwritable.
class Unwritable extends Error {}

const TYPED = new Set(['Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array', 'BigInt64Array', 'BigUint64Array']);
const LONGEST = 1500;

function writeString(text) {
  if (text.length > 30 && /^(.)\1*$/s.test(text)) return `${writeString(text[0])}.repeat(${text.length})`;
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let written = '';
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    const character = text[at];
    if (character === quote || character === '\\') written += `\\${character}`;
    else if (character === '\n') written += '\\n';
    else if (character === '\t') written += '\\t';
    else if (character === '\r') written += '\\r';
    else if (unit < 32 || (unit > 126 && unit < 161) || (unit >= 0x2000 && unit <= 0x206f) || (unit >= 0xd800 && unit <= 0xdfff) || unit >= 0xfe00) written += `\\u${unit.toString(16).padStart(4, '0')}`;
    else written += character;
  }
  return quote + written + quote;
}

function writeNumber(value) {
  if (Object.is(value, -0)) return '-0';
  return String(value);
}

function writeKey(key) {
  if (/^[A-Za-z_$][\w$]*$/.test(key) && key !== '__proto__') return key;
  return key === '__proto__' ? "['__proto__']" : writeString(key);
}

function write(value, seen = new Set()) {
  switch (typeof value) {
    case 'string':
      if (value.length > 600 && !/^(.)\1*$/s.test(value)) throw new Unwritable('a long string');
      return writeString(value);
    case 'number':
      return writeNumber(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'symbol':
    case 'function':
      throw new Unwritable(typeof value);
    default:
      return value === null ? 'null' : writeObject(value, seen);
  }
}

function writeObject(value, seen) {
  if (seen.has(value) || seen.size > 60) throw new Unwritable('a cycle, or too deep');
  seen.add(value);
  const text = writeKnown(value, seen) ?? writePlain(value, seen);
  seen.delete(value);
  if (text.length > LONGEST) throw new Unwritable('too long');
  return text;
}

function writeKnown(value, seen) {
  const prototype = Object.getPrototypeOf(value);
  if (Array.isArray(value)) return writeArray(value, seen);
  if (prototype === Date.prototype) return Number.isNaN(value.getTime()) ? 'new Date(NaN)' : `new Date('${value.toISOString()}')`;
  if (prototype === RegExp.prototype) return value.lastIndex === 0 ? String(value) : null;
  if (prototype === Map.prototype) return `new Map(${writeArray([...value], seen)})`;
  if (prototype === Set.prototype) return `new Set(${writeArray([...value], seen)})`;
  if (ArrayBuffer.isView(value) && TYPED.has(prototype?.constructor?.name)) return `new ${prototype.constructor.name}(${writeArray(Array.from(value), seen)})`;
  return null;
}

function writeArray(value, seen) {
  if (value.length > 200 || Object.getPrototypeOf(value) !== Array.prototype) throw new Unwritable('a long or special array');
  const extra = Object.keys(value).length;
  const parts = [];
  for (let at = 0; at < value.length; at += 1) {
    if (!(at in value)) throw new Unwritable('holes');
    parts.push(write(value[at], seen));
  }
  if (extra !== value.length) throw new Unwritable('an array with properties');
  return `[${parts.join(', ')}]`;
}

function writePlain(value, seen) {
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw new Unwritable('an instance');
  if (Object.getOwnPropertySymbols(value).length > 0) throw new Unwritable('symbol keys');
  const parts = prototype === null ? ['__proto__: null'] : [];
  for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    if (!('value' in property) || !property.enumerable) throw new Unwritable('accessors');
    parts.push(`${writeKey(key)}: ${write(property.value, seen)}`);
  }
  return parts.length ? `{ ${parts.join(', ')} }` : '{}';
}

function written(value) {
  try {
    return write(value);
  } catch (error) {
    if (error instanceof Unwritable) return null;
    return null;
  }
}

module.exports = { written, writeString };
