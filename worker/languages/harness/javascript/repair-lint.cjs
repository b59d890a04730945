'use strict';
// Asks ESLint's core rules about a text: what they mend of what a log told, or what they say of it before and after a patch.
// The text is parsed and never run; of a configuration nothing but the options of core rules comes here, as data.
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const Module = require('node:module');
const { input, report, finish, broken, now } = require('./runtime.cjs');
const { RECOMMENDED, OPTIONS, UNWANTED } = require('./lint-rules.cjs');

const { Linter, rules } = packed() ?? { ...require(path.join(input.package, 'lib', 'universal.js')), rules: require(path.join(input.package, 'lib', 'rules', 'index.js')) };

const ROUNDS = 40;
const FILE = 'subject.js';
// What Node gives every file, and the runners of tests.
const GLOBALS = [...Object.getOwnPropertyNames(globalThis), '__dirname', '__filename', 'require', 'module', 'exports', 'describe', 'suite', 'test', 'it'];
const RUNNERS = ['expect', 'assert', 'before', 'after', 'beforeAll', 'afterAll', 'beforeEach', 'afterEach', 'jest', 'vi'];
const globals = Object.fromEntries([...GLOBALS, ...RUNNERS].map((name) => [name, 'readonly']));
const SILENCED = /eslint-disable|\/\*\s*eslint\s/g;

const SILENT = { fatal: false, messages: [] };

const linter = new Linter();
const deadline = now() + input.seconds * 1000;

// ESLint as setup packs it (`tools/node/pack.cjs`); nothing where it did not. What V8 does not take of it is compiled anew.
function packed() {
  if (!fs.statSync(input.packed, { throwIfNoEntry: false })) return undefined;
  const cachedData = fs.readFileSync(`${input.packed}.compiled`);
  const script = new vm.Script(Module.wrap(fs.readFileSync(input.packed, 'utf8')), { filename: input.packed, cachedData });
  const made = { exports: {} };
  script.runInThisContext()(made.exports, require, made, input.packed, path.dirname(input.packed));
  return made.exports;
}

function configOf(options) {
  const wanted = Object.fromEntries(Object.entries(options).map(([rule, given]) => [rule, [2, ...given]]));
  const parserOptions = { ecmaFeatures: { jsx: true } };
  const languageOptions = { ecmaVersion: 'latest', sourceType: input.sourceType, globals: { ...globals, __ddf: 'off' }, parserOptions };
  return { languageOptions, rules: wanted };
}

// Messages of these rules alone: comments of the text may switch others on. A text that can't be read has none, and is told.
function said(text, options, more = {}) {
  if (!Object.keys(options).length) return SILENT;
  const told = linter.verify(text, configOf(options), { filename: FILE, ...more });
  const fatal = told.some((one) => one.fatal);
  return { fatal, messages: told.filter((one) => !one.fatal && Object.hasOwn(options, one.ruleId)) };
}

// The same; options that a rule does not take are none that it was used with.
function tried(text, options) {
  try {
    return said(text, options).messages;
  } catch {
    if (Object.keys(options).length < 2) return [];
    return Object.entries(options).flatMap(([rule, given]) => tried(text, { [rule]: given }));
  }
}

// Formatters cut the last full stop off.
const bare = (message) => message.trim().replace(/\s+/g, ' ').replace(/\.$/, '');

// How much of what a log told a rule says by these options. Where options decide what is said, the words have to be the same.
function likeness(rule, told, messages) {
  const words = new Set(messages.map((one) => bare(one.message)));
  const places = new Set(messages.map((one) => `${one.line}:${one.column}`));
  const lines = new Set(messages.map((one) => `${one.line} ${bare(one.message)}`));
  const isFree = !(rule in OPTIONS);
  const likenesses = told.map((one) => {
    const message = bare(one.message);
    if (lines.has(`${one.line} ${message}`)) return 3;
    return words.has(message) ? 2 : Number(isFree && places.has(`${one.line}:${one.column}`));
  });
  return { like: likenesses.reduce((sum, one) => sum + one, 0), more: Math.max(0, messages.length - told.length) };
}

// The options by which rules say what the log tells; those of the job's own configuration come first, and none before the usual ones.
function chosenFrom(toldBy, text) {
  const ways = Object.fromEntries(Object.keys(toldBy).map((rule) => [rule, [...(rule in input.configured ? [input.configured[rule].slice(1)] : []), [], ...(OPTIONS[rule] ?? [])]]));
  const best = {};
  for (let round = 0; now() < deadline; round += 1) {
    const options = Object.fromEntries(Object.entries(ways).filter(([, given]) => round < given.length).map(([rule, given]) => [rule, given[round]]));
    if (!Object.keys(options).length) break;
    const messages = tried(text, options);
    for (const [rule, given] of Object.entries(options)) {
      const { like, more } = likeness(rule, toldBy[rule], messages.filter((one) => one.ruleId === rule));
      const known = best[rule] ?? { like: 0, more: 0 };
      if (like > known.like || (like === known.like && like > 0 && more < known.more)) best[rule] = { like, more, given };
    }
  }
  return Object.fromEntries(Object.entries(best).map(([rule, { given }]) => [rule, given]));
}

// What of a rule's messages a log means, in this ESLint's own words.
function meant(messages, told) {
  const marks = new Set(told.flatMap((one) => [bare(one.message), `${one.line}:${one.column}`]));
  return new Set(messages.filter((one) => marks.has(bare(one.message)) || marks.has(`${one.line}:${one.column}`)).map((one) => bare(one.message)));
}

function asked(text) {
  const toldBy = {};
  const unknown = new Set();
  for (const one of input.told) {
    if (rules.has(one.rule)) (toldBy[one.rule] ??= []).push(one);
    else unknown.add(one.rule);
  }
  const chosen = chosenFrom(toldBy, text);
  const { messages } = said(text, chosen);
  const own = (rule) => messages.filter((one) => one.ruleId === rule);
  const words = Object.fromEntries(Object.keys(chosen).map((rule) => [rule, meant(own(rule), toldBy[rule])]));
  const isTold = (message) => words[message.ruleId].has(bare(message.message));
  return { rules: Object.keys(toldBy), unknown: [...unknown], chosen, isTold };
}

const severity = (given) => ({ off: 0, warn: 1, error: 2 })[given] ?? Number(given);

function isTaken(rule, given) {
  try {
    said('', { [rule]: given });
    return true;
  } catch {
    return false;
  }
}

// Rules of the job's configuration that the log does not name: those are judged by the options that say what the log does.
function unnamed(isMeant) {
  const named = new Set(input.told.map((one) => one.rule));
  const found = Object.entries(input.configured).filter(([rule, [level]]) => rules.has(rule) && !named.has(rule) && isMeant(rule, severity(level)));
  return Object.fromEntries(found.map(([rule, [, ...given]]) => [rule, given]).filter(([rule, given]) => isTaken(rule, given)));
}

// Whether a message is about a parameter: callers and frameworks count those.
function isParameter(message) {
  const source = linter.getSourceCode();
  let node = source.getNodeByRangeIndex(source.getIndexFromLoc({ line: message.line, column: message.column - 1 }));
  for (; node?.parent; node = node.parent) {
    if (/Function/.test(node.parent.type)) return node.parent.params.includes(node);
  }
  return false;
}

function whyNot(rule, messages) {
  if (messages.some(isSuggested)) return 'what ESLint suggests for it may change what the code does';
  if (rule in UNWANTED) return UNWANTED[rule];
  if (rule === 'no-unused-vars' && messages.some(isParameter)) return 'a parameter that is not used is for its callers to judge';
  const most = Math.max(...messages.map((one) => one.suggestions?.length ?? 0));
  if (most > 1) return `ESLint suggests ${most} ways, and nothing decides between them`;
  return rules.get(rule).meta.fixable ? 'ESLint has no fix for it in this place' : 'ESLint has no fix for it';
}

function whyUnsaid(rule) {
  const { fixable, hasSuggestions } = rules.get(rule).meta;
  if (!fixable && !hasSuggestions) return 'ESLint has no fix for it';
  return 'ESLint does not say of this text what the log says, by any options that are known';
}

function isSuggested(message) {
  const isWanted = !(message.ruleId in UNWANTED) && !(message.ruleId === 'no-unused-vars' && isParameter(message));
  return message.suggestions?.length === 1 && isWanted;
}

// A line of which nothing is left goes, too.
function replaced(text, { range: [start, end], text: put }) {
  const begin = text.lastIndexOf('\n', start - 1) + 1;
  const next = text.indexOf('\n', end) + 1 || text.length;
  const isEmptied = put === '' && !`${text.slice(begin, start)}${text.slice(end, next)}`.trim();
  return isEmptied ? text.slice(0, begin) + text.slice(next) : text.slice(0, start) + put + text.slice(end);
}

// Takes what ESLint suggests where it suggests one thing alone.
function suggested(text, { chosen, isTold }) {
  let current = text;
  for (let round = 0; round < ROUNDS && now() < deadline; round += 1) {
    const message = said(current, chosen).messages.find((one) => isTold(one) && isSuggested(one));
    if (message === undefined) break;
    current = replaced(current, message.suggestions[0].fix);
  }
  return current;
}

function resultOf(text, wanted) {
  const messages = said(text, wanted.chosen).messages.filter(wanted.isTold);
  const left = wanted.unknown.map((rule) => ({ rule, why: 'it is no rule of this ESLint' }));
  const mended = [];
  for (const rule of wanted.rules) {
    const own = messages.filter((one) => one.ruleId === rule);
    if (!(rule in wanted.chosen)) left.push({ rule, why: whyUnsaid(rule) });
    else if (own.length) left.push({ rule, why: whyNot(rule, own) });
    else mended.push(rule);
  }
  return { text, mended, left };
}

function mend() {
  const wanted = asked(input.before);
  // What one rule makes may be an error of another one: `var` becomes `let`, which has to be `const`.
  const together = { ...(Object.keys(wanted.chosen).length ? unnamed((_, level) => level === 2) : {}), ...wanted.chosen };
  const isOurs = (message) => Object.hasOwn(together, message.ruleId);
  const fixed = linter.verifyAndFix(input.before, configOf(together), { filename: FILE, fix: isOurs }).output;
  const texts = [...new Set([suggested(fixed, wanted), fixed])];
  report({ ways: texts.map((text) => resultOf(text, wanted)), fixed });
}

// The rules that may say no more than before: faults, and for a patch of ESLint's own what the job's configuration calls errors.
function compared() {
  const isOff = (rule) => rule in input.configured && severity(input.configured[rule][0]) === 0;
  const options = Object.fromEntries(RECOMMENDED.filter((rule) => !isOff(rule)).map((rule) => [rule, []]));
  options['no-unused-vars'] &&= [{ args: 'none', caughtErrors: 'none' }];
  return { ...options, ...unnamed((rule, level) => rule in options || (input.told.length > 0 && level === 2)) };
}

// How often each rule speaks. A name that was nowhere before is of the surroundings, however often it is used.
function counted(messages, known) {
  const counts = {};
  for (const { ruleId, message } of messages) {
    if (ruleId !== 'no-undef' || !known.has(message)) counts[ruleId] = (counts[ruleId] ?? 0) + 1;
  }
  return counts;
}

function compare() {
  const texts = [input.before, input.after];
  const silenced = texts.map((text) => (text.match(SILENCED) ?? []).length);
  const more = { allowInlineConfig: silenced[1] <= silenced[0] }; // who switches rules off has nothing to show
  const { rules: told, unknown, chosen, isTold } = asked(input.before);
  const options = compared();
  // The options are ours, or were taken before: to check them again takes a fifth of the time.
  for (const rule of Object.keys(options)) rules.get(rule).meta.schema = false;
  const after = said(input.after, options, more);
  const isSilent = !after.fatal && !after.messages.length && !input.told.length;
  const before = isSilent ? SILENT : said(input.before, options, more); // nothing can be more than before
  const known = new Set(before.messages.filter((one) => one.ruleId === 'no-undef').map((one) => one.message));
  const named = texts.map((text) => said(text, chosen, more).messages);
  report({
    isRead: !before.fatal && !after.fatal,
    faults: [before, after].map(({ messages }) => counted(messages, known)),
    named: named.map((messages) => counted(messages, new Set())),
    left: [...named[1].filter(isTold).map((one) => one.ruleId), ...told.filter((rule) => !(rule in chosen)), ...unknown],
    told: [...after.messages, ...named[1]].map((one) => ({ rule: one.ruleId, line: one.line, message: one.message })),
  });
}

try {
  (input.after === undefined ? mend : compare)();
  finish();
} catch (error) {
  broken(error);
}
