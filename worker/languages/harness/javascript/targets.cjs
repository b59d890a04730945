'use strict';
// What there is to call: functions, and classes with their methods, reached by names that a test file binds.
const { input } = require('./runtime.cjs');

function isClass(value) {
  if (/^class\b/.test(Function.prototype.toString.call(value))) return true;
  return Boolean(value.prototype) && Object.getOwnPropertyNames(value.prototype).some((name) => name !== 'constructor' && typeof value.prototype[name] === 'function');
}

function parametersOf(name, value) {
  const known = [name, name.split('.').pop()].find((one) => Object.hasOwn(input.hints.functions, one));
  if (known) return input.hints.functions[known];
  return Array.from({ length: Math.min(value.length, 6) }, () => ({ name: '', default: '', rest: false, uses: [] }));
}

function methodsOf(Class, name) {
  const found = [];
  const known = new Set(['constructor']);
  for (let prototype = Class.prototype; prototype && prototype !== Object.prototype; prototype = Object.getPrototypeOf(prototype)) {
    if (prototype !== Class.prototype && !isOurs(prototype.constructor)) break;
    for (const [method, property] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
      if (known.has(method) || !/^[A-Za-z]\w*$/.test(method)) continue;
      known.add(method);
      if (property.get) found.push({ method, isGetter: true, parameters: [] });
      else if (typeof property.value === 'function') found.push({ method, isGetter: false, parameters: parametersOf(`${name}.${method}`, property.value) });
    }
  }
  return found;
}

// A parent class that the subject wrote itself; what Array or Error bring along is not tested.
function isOurs(Class) {
  return typeof Class === 'function' && !/\[native code\]/.test(Function.prototype.toString.call(Class));
}

function targetOf(access, value) {
  const name = access.split('.').pop();
  const base = { access, kept: [], passed: new Set(), shown: new Set(), paths: new Set(), quiet: 0 };
  if (!isClass(value)) return { ...base, parameters: parametersOf(name, value), examples: examplesOf(name) };
  return { ...base, isNew: true, parameters: parametersOf(`${name}.constructor`, value), methods: methodsOf(value, name), examples: examplesOf(name) };
}

function examplesOf(name) {
  return Object.hasOwn(input.hints.examples ?? {}, name) ? input.hints.examples[name] : [];
}

// At most one member deep.
function targetsIn(scope) {
  const targets = [];
  const known = new Set();
  const visit = (access, value, depth) => {
    if (value === null || known.has(value) || !['function', 'object'].includes(typeof value)) return;
    known.add(value);
    if (typeof value === 'function') targets.push(targetOf(access, value));
    if (depth >= 2) return;
    for (const key of Object.getOwnPropertyNames(value)) {
      if (/^(length|name|prototype|arguments|caller)$/.test(key) || !/^[A-Za-z$][\w$]*$/.test(key)) continue;
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property && 'value' in property) visit(`${access}.${key}`, property.value, depth + 1);
    }
  };
  for (const [name, value] of Object.entries(scope)) visit(name, value, 0);
  return wanted(targets.map(allowed).filter(Boolean));
}

// What is skipped is not called; of a class only the methods that are.
function allowed(target) {
  const skipped = input.skipped ?? [];
  const name = target.access.split('.').pop();
  if (skipped.includes(name)) return null;
  return target.isNew ? { ...target, methods: target.methods.filter(({ method }) => !skipped.includes(`${name}.${method}`)) } : target;
}

// Those that were asked for: a function or a class by its name, a method by `Class.method`; all where nobody asked.
function wanted(targets) {
  const asked = input.targets ?? [];
  if (asked.length === 0) return targets;
  const found = [];
  for (const target of targets) {
    const names = [target.access, target.access.split('.').pop()];
    if (names.some((name) => asked.includes(name))) found.push(target);
    else if (target.isNew) {
      const methods = target.methods.filter(({ method }) => names.some((name) => asked.includes(`${name}.${method}`)));
      if (methods.length) found.push({ ...target, methods });
    }
  }
  return found;
}

module.exports = { targetsIn, parametersOf };
