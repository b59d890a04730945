'use strict';
// What jest and vitest give to a test file, standing on the functions of `node:test`.
const { format } = require('node:util');
const { expecting, known, lacking, refuse } = require('./expecting.cjs');
const { mocking, restoreAll } = require('./mocking.cjs');

const PACKAGES = { vitest: 'vi', '@jest/globals': 'jest' };
const OTHER_SURROUNDINGS = /@(?:vitest|jest)-environment\s+(?!node\b)([\w./-]+)/;
const IMPORTED = /(?:\bfrom\s*|\brequire\s*\(\s*|\bimport\s*\(?\s*)['"](?:vitest|@jest\/globals|node:test|mocha|chai)['"]/;
const USED = /\b(?:describe|it|test)\b(?:\.\w+)*\s*\(/;

// Whether a test file takes the functions of its runner from nowhere.
function wantsGlobals(text) {
  return USED.test(text) && !IMPORTED.test(text);
}

// A file may ask for other surroundings than Node's.
function requireNode(text) {
  const told = OTHER_SURROUNDINGS.exec(text);
  if (told) refuse(`the environment ${told[1]}`);
}

// The kind of a file's runner, by what it speaks of.
function kindIn(text) {
  return /\bvi\.\w/.test(text) ? 'vi' : 'jest';
}

// `own` is the interface of node:test to register with; `kind` is vi or jest.
function foreign(own, kind, noted = () => {}) {
  const { expect, begin, end } = expecting(noted);

  function wrapped(body) {
    return () => {
      begin();
      const value = body.length === 0 ? body() : kind === 'vi' ? body(known({ expect }, 'the context of a test')) : calledBack(body);
      return typeof value?.then === 'function' ? Promise.resolve(value).then(end) : end();
    };
  }

  const test = (name, body, more) => {
    const work = [body, more].find((one) => typeof one === 'function');
    if (!work) refuse('a test without a body');
    if (body !== work && body !== undefined && Object.keys(Object(body)).some((key) => !['timeout'].includes(key))) refuse('a test with such options');
    return void own.test(titleOf(name), wrapped(work));
  };
  const describe = (name, body, more) => {
    const work = [body, more].find((one) => typeof one === 'function');
    if (work) own.describe(titleOf(name), () => void work());
  };
  const skip = () => {};
  for (const one of [test, describe]) {
    const concurrent = (...given) => one(...given);
    Object.assign(one, { skip, each: eachOf(one), concurrent, skipIf: (is) => (is ? skip : one), runIf: (is) => (is ? one : skip) });
    skip.each = () => skip;
  }
  test.todo = skip;
  const hooks = Object.fromEntries(['before', 'after', 'beforeEach', 'afterEach'].map((name) => [name, (body) => void own[name](() => (body.length ? calledBack(body) : answered(body, name)))]));
  const [tests, suites] = [known(test, 'test'), known(describe, 'describe')];
  const [beforeAll, afterAll] = [hooks.before, hooks.after];
  return { describe: suites, suite: suites, test: tests, it: tests, expect, xit: skip, xtest: skip, xdescribe: skip, ...hooks, beforeAll, afterAll, [kind]: mocking(kind) };
}

// Vitest takes a function that a hook returns for its end: nobody else does.
function answered(body, name) {
  const look = (value) => {
    if (typeof value === 'function' && name.startsWith('before')) refuse('a hook that returns a function');
  };
  const value = body();
  return typeof value?.then === 'function' ? Promise.resolve(value).then(look) : look(value);
}

function calledBack(body) {
  return new Promise((resolve, reject) => {
    const done = Object.assign((error) => (error ? reject(error) : resolve()), { fail: (error) => reject(error ?? new Error('failed')) });
    const value = body(done);
    if (typeof value?.then === 'function') value.then(() => {}, reject);
  });
}

function titleOf(name) {
  return typeof name === 'function' ? name.name || '<anonymous>' : String(name);
}

function eachOf(register) {
  return (table, ...values) => {
    const rows = table.raw ? rowsOf(table, values) : table;
    if (!Array.isArray(rows)) refuse('each over something that is no list');
    return (name, body, more) => rows.forEach((row, at) => {
      const given = Array.isArray(row) ? row : [row];
      const work = [body, more].find((one) => typeof one === 'function');
      if (work.length > given.length) refuse('each with a callback');
      register(titleIn(String(name), given, at), () => work(...given));
    });
  };
}

function rowsOf({ raw }, values) {
  const names = raw[0].split('|').flatMap((name) => name.trim() || []);
  const rows = [];
  for (let at = 0; at < values.length; at += names.length) rows.push(Object.fromEntries(names.map((name, place) => [name, values[at + place]])));
  return rows;
}

function titleIn(name, given, at) {
  const [first] = given;
  const counted = name.replace(/%#/g, String(at)).replace(/%p/g, '%j');
  const placed = counted.replace(/\$([\w.]+)/g, (all, path) => (first !== null && typeof first === 'object' ? String(path.split('.').reduce((found, key) => found?.[key], first)) : all));
  const places = (placed.match(/%[sdifjoO]/g) ?? []).length;
  return `${format(placed, ...given.slice(0, places))}${places || placed !== name ? '' : ` (${at})`}`;
}

module.exports = { PACKAGES, foreign, kindIn, lacking, requireNode, restoreAll, wantsGlobals };
