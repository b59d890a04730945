'use strict';
// What arguments are guessed from: what a use or a name tells of a type, and values that functions like to be called with.

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

module.exports = { USES, SEQUENCE, NAMES, STRINGS, NUMBERS, ARRAYS, CALLBACKS, OBJECTS, OTHER, ODD, ODDS, FIXED };
