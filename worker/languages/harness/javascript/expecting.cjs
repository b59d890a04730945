'use strict';
// `expect` as jest and vitest have it, as far as it is the same in both. What is not known here is refused aloud: a test must never pass for it.
const { AssertionError } = require('node:assert');
const { inspect, isDeepStrictEqual, types } = require('node:util');

// A feature of a runner that this one lacks. Whoever swallows the error is still told of: `lacking` is looked at when a test is over.
class RunnerLacks extends Error {
  constructor(what) {
    super(`${what} is not supported by the worker's own runner of jest and vitest suites`);
    this.name = 'RunnerLacks';
  }
}
const lacking = [];
function refuse(what) {
  const error = new RunnerLacks(what);
  lacking.push(error);
  throw error;
}

// An object whose unknown members are refused.
function known(members, owner) {
  return new Proxy(members, {
    get(target, name) {
      if (name in target || typeof name === 'symbol' || name === 'then' || name === 'toJSON') return target[name];
      return refuse(`${owner}.${name}`);
    },
  });
}

class Matching {
  constructor(told, test) {
    this.told = told;
    this.test = test;
  }
  [inspect.custom]() {
    return this.told;
  }
}

const OWN_KINDS = new Set([Number, String, Boolean, Function, Object, Symbol, BigInt]);
function isOf(value, kind) {
  if (!OWN_KINDS.has(kind)) return value instanceof kind;
  if (kind === Object) return typeof value === 'object';
  return typeof value === kind.name.toLowerCase() || value instanceof kind;
}

function matchings(is) {
  const made = (name, given, test) => new Matching(`${is ? '' : 'not.'}${name}(${inspect(given)})`, (value) => test(value) === is);
  return {
    objectContaining: (wanted) => made('objectContaining', wanted, (value) => value !== null && value !== undefined && Object.keys(wanted).every((key) => key in Object(value) && equals(value[key], wanted[key]))),
    arrayContaining: (wanted) => made('arrayContaining', wanted, (value) => Array.isArray(value) && wanted.every((one) => value.some((other) => equals(other, one)))),
    stringContaining: (wanted) => made('stringContaining', wanted, (value) => typeof value === 'string' && value.includes(wanted)),
    stringMatching: (wanted) => made('stringMatching', wanted, (value) => typeof value === 'string' && new RegExp(wanted).test(value)),
    closeTo: (wanted, digits = 2) => made('closeTo', wanted, (value) => typeof value === 'number' && isClose(value, wanted, digits)),
  };
}

function isClose(value, wanted, digits) {
  return Object.is(value, wanted) || (value === wanted && Math.abs(value) === Infinity) || Math.abs(value - wanted) < 10 ** -digits / 2;
}

// Deep equality: undefined members count as missing and classes as equal, unless it is strict.
function equals(one, other, isStrict = false, seen = []) {
  if (other instanceof Matching) return other.test(one);
  if (one instanceof Matching) return one.test(other);
  if (Object.is(one, other)) return true;
  if (one === null || other === null || typeof one !== 'object' || typeof other !== 'object') return false;
  const kind = Object.prototype.toString.call(one);
  if (kind !== Object.prototype.toString.call(other)) return false;
  if (isStrict && one.constructor !== other.constructor) return false;
  if (seen.some(([first, second]) => first === one && second === other)) return true;
  return equalObjects(one, other, kind, isStrict, [...seen, [one, other]]);
}

function equalObjects(one, other, kind, isStrict, seen) {
  if (types.isBoxedPrimitive(one)) return Object.is(one.valueOf(), other.valueOf());
  if (types.isDate(one)) return Object.is(one.getTime(), other.getTime());
  if (types.isRegExp(one)) return one.source === other.source && one.flags === other.flags;
  if (one instanceof Error) {
    if (one.message !== other.message) return false;
    return one.name === other.name ? true : refuse('comparing errors of different names');
  }
  if (ArrayBuffer.isView(one) || types.isAnyArrayBuffer(one)) return isDeepStrictEqual(one, other);
  if (types.isSet(one)) return one.size === other.size && [...one].every((item) => other.has(item) || [...other].some((each) => equals(item, each, isStrict, seen)));
  if (types.isMap(one)) return one.size === other.size && [...one].every(([key, value]) => [...other].some(([name, each]) => equals(key, name, isStrict, seen) && equals(value, each, isStrict, seen)));
  if (Array.isArray(one) ? one.length !== other.length : typeof one[Symbol.iterator] === 'function') return Array.isArray(one) ? false : refuse('comparing iterables of one\'s own');
  const keys = new Set([...keysOf(one), ...keysOf(other)]);
  return [...keys].every((key) => (!isStrict || Object.hasOwn(one, key) === Object.hasOwn(other, key)) && equals(one[key], other[key], isStrict, seen));
}

function keysOf(value) {
  return Reflect.ownKeys(value).filter((key) => Object.prototype.propertyIsEnumerable.call(value, key));
}

// Whether a value holds all that another one lists.
function holds(value, wanted) {
  if (wanted instanceof Matching || wanted === null || typeof wanted !== 'object') return equals(value, wanted);
  if (value === null || typeof value !== 'object') return false;
  if (Array.isArray(wanted)) return Array.isArray(value) && value.length === wanted.length && wanted.every((one, at) => holds(value[at], one));
  if (Object.getPrototypeOf(wanted) !== Object.prototype && Object.getPrototypeOf(wanted) !== null) return equals(value, wanted);
  return Object.keys(wanted).every((key) => key in value && holds(value[key], wanted[key]));
}

function at(value, place) {
  const names = Array.isArray(place) ? place : String(place).replace(/\[(\w+)\]/g, '.$1').split('.');
  let found = value;
  for (const name of names) {
    if (found === null || found === undefined || !(name in Object(found))) return null;
    found = found[name];
  }
  return { found };
}

function contains(value, item) {
  if (typeof value === 'string') return typeof item === 'string' ? value.includes(item) : refuse('toContain of something else in a string');
  if (value === null || value === undefined || typeof value[Symbol.iterator] !== 'function') throw new TypeError(`toContain needs a list or a string, not ${inspect(value)}`);
  return [...value].some((one) => one === item || Object.is(one, item));
}

function throwsLike(outcome, wanted) {
  if (!('thrown' in outcome)) return false;
  const { thrown } = outcome;
  const message = thrown !== null && typeof thrown === 'object' && 'message' in thrown ? String(thrown.message) : String(thrown);
  if (wanted === undefined) return true;
  if (typeof wanted === 'string') return message.includes(wanted);
  if (wanted instanceof RegExp) return wanted.test(message);
  if (typeof wanted === 'function') return thrown instanceof wanted;
  if (wanted instanceof Matching) return wanted.test(thrown);
  return wanted instanceof Error ? message === wanted.message : refuse('toThrow with such an argument');
}

function calls(value) {
  if (!value?.mock?.calls) throw new TypeError(`${inspect(value)} is no mock function`);
  return value.mock;
}

function numbers(value, other) {
  for (const one of [value, other]) if (!['number', 'bigint'].includes(typeof one)) throw new TypeError(`${inspect(one)} is no number`);
  return true;
}

const MATCHERS = {
  toBe: (value, wanted) => Object.is(value, wanted),
  toEqual: (value, wanted) => equals(value, wanted),
  toStrictEqual: (value, wanted) => equals(value, wanted, true),
  toMatchObject: (value, wanted) => holds(value, wanted),
  toBeTruthy: (value) => Boolean(value),
  toBeFalsy: (value) => !value,
  toBeNull: (value) => value === null,
  toBeUndefined: (value) => value === undefined,
  toBeDefined: (value) => value !== undefined,
  toBeNaN: (value) => Number.isNaN(value),
  toBeGreaterThan: (value, wanted) => numbers(value, wanted) && value > wanted,
  toBeGreaterThanOrEqual: (value, wanted) => numbers(value, wanted) && value >= wanted,
  toBeLessThan: (value, wanted) => numbers(value, wanted) && value < wanted,
  toBeLessThanOrEqual: (value, wanted) => numbers(value, wanted) && value <= wanted,
  toBeCloseTo: (value, wanted, digits = 2) => numbers(value, wanted) && isClose(value, wanted, digits),
  toBeInstanceOf: (value, wanted) => value instanceof wanted,
  toBeTypeOf: (value, wanted) => typeof value === wanted,
  toMatch: (value, wanted) => (typeof wanted === 'string' ? value.includes(wanted) : new RegExp(wanted).test(value)),
  toContain: contains,
  toContainEqual: (value, item) => [...value].some((one) => equals(one, item)),
  toHaveLength: (value, wanted) => value.length === wanted,
  toHaveProperty(value, place, ...wanted) {
    const found = at(value, place);
    return found !== null && (!wanted.length || equals(found.found, wanted[0]));
  },
  toHaveBeenCalled: (value) => calls(value).calls.length > 0,
  toHaveBeenCalledTimes: (value, wanted) => calls(value).calls.length === wanted,
  toHaveBeenCalledWith: (value, ...wanted) => calls(value).calls.some((given) => equals(given, wanted)),
  toHaveBeenLastCalledWith: (value, ...wanted) => calls(value).calls.length > 0 && equals(value.mock.calls.at(-1), wanted),
  toHaveBeenNthCalledWith: (value, place, ...wanted) => place <= calls(value).calls.length && equals(value.mock.calls[place - 1], wanted),
  toHaveReturned: (value) => calls(value).results.some((one) => one.type === 'return'),
  toHaveReturnedWith: (value, wanted) => calls(value).results.some((one) => one.type === 'return' && equals(one.value, wanted)),
};
const ALSO = { toBeCalled: 'toHaveBeenCalled', toBeCalledTimes: 'toHaveBeenCalledTimes', toBeCalledWith: 'toHaveBeenCalledWith', lastCalledWith: 'toHaveBeenLastCalledWith', toThrowError: 'toThrow' };

// `noted` is called for each assertion that holds.
function expecting(noted) {
  const state = { count: 0, wanted: null, isAnyWanted: false };

  function judged(name, isNot, value, wanted, isHeld) {
    state.count += 1;
    if (isHeld !== isNot) return void noted();
    const told = `expect(${inspect(value)}).${isNot ? 'not.' : ''}${name}(${wanted.map((one) => inspect(one)).join(', ')})`;
    throw new AssertionError({ message: told.slice(0, 1000), actual: value, expected: wanted[0], operator: name, stackStartFn: judged });
  }

  function matchers(value, isNot, rejected) {
    const found = {};
    for (const [name, test] of Object.entries(MATCHERS)) found[name] = (...wanted) => judged(name, isNot, value, wanted, test(value, ...wanted));
    found.toThrow = (...wanted) => judged('toThrow', isNot, value, wanted, throwsLike(rejected ?? outcomeOf(value), wanted[0]));
    for (const [name, same] of Object.entries(ALSO)) found[name] = found[same];
    return found;
  }

  function waiting(promise, isNot, isRejected) {
    const settle = async () => {
      const start = typeof promise === 'function' && isRejected ? promise() : promise;
      if (typeof start?.then !== 'function') throw new AssertionError({ message: `${inspect(promise)} is no promise` });
      return start.then(
        (value) => (isRejected ? Promise.reject(new AssertionError({ message: `it was resolved with ${inspect(value)}, not rejected` })) : { value }),
        (thrown) => (isRejected ? { value: thrown, rejected: { thrown } } : Promise.reject(new AssertionError({ message: `it was rejected with ${inspect(thrown)}, not resolved` }))),
      );
    };
    const names = [...Object.keys(MATCHERS), 'toThrow', ...Object.keys(ALSO)];
    const found = Object.fromEntries(names.map((name) => [name, async (...wanted) => {
      const { value, rejected } = await settle();
      return matchers(value, isNot, rejected)[name](...wanted);
    }]));
    return found;
  }

  function sides(of) {
    return known(Object.assign(of(false), { not: known(of(true), 'expect().not') }), 'expect()');
  }

  function expect(value) {
    const found = sides((isNot) => matchers(value, isNot));
    found.resolves = sides((isNot) => waiting(value, isNot, false));
    found.rejects = sides((isNot) => waiting(value, isNot, true));
    return found;
  }
  Object.assign(expect, matchings(true), {
    any: (kind) => new Matching(`any(${kind.name})`, (value) => isOf(value, kind)),
    anything: () => new Matching('anything()', (value) => value !== null && value !== undefined),
    not: known(matchings(false), 'expect.not'),
    assertions: (count) => void (state.wanted = count),
    hasAssertions: () => void (state.isAnyWanted = true),
  });

  // Around a test: what it said of the number of its assertions is held against it.
  const begin = () => void Object.assign(state, { count: 0, wanted: null, isAnyWanted: false });
  function end() {
    if (lacking.length) throw lacking[0];
    if (state.wanted !== null && state.count !== state.wanted) throw new AssertionError({ message: `${state.count} assertions ran, not ${state.wanted}` });
    if (state.isAnyWanted && state.count === 0) throw new AssertionError({ message: 'no assertion ran' });
  }
  return { expect: known(expect, 'expect'), begin, end };
}

function outcomeOf(work) {
  if (typeof work !== 'function') throw new TypeError(`toThrow needs a function, not ${inspect(work)}`);
  try {
    return { value: work() };
  } catch (thrown) {
    return { thrown };
  }
}

module.exports = { expecting, known, refuse, lacking };
