'use strict';
// Mock functions and spies as jest and vitest have them. Modules, timers and the clock are not mocked: that is refused.
const { known, refuse } = require('./expecting.cjs');

const made = new Set();
const spied = [];

function restoreAll() {
  while (spied.length) spied.pop()();
}

function itself() {
  return this;
}

function mockOf(original) {
  const plan = { work: original, once: [] };
  const mock = { calls: [], results: [], instances: [], contexts: [] };
  Object.defineProperty(mock, 'lastCall', { get: () => mock.calls.at(-1) });
  function stand(...given) {
    mock.calls.push(given);
    mock.instances.push(this);
    mock.contexts.push(this);
    const result = { type: 'incomplete', value: undefined };
    mock.results.push(result);
    const work = plan.once.length ? plan.once.shift() : plan.work;
    try {
      const value = new.target && work ? Reflect.construct(work, given, new.target) : work?.apply(this, given);
      return Object.assign(result, { type: 'return', value }).value;
    } catch (thrown) {
      Object.assign(result, { type: 'throw', value: thrown });
      throw thrown;
    }
  }
  const will = (work) => ((plan.work = work), stand);
  const willOnce = (work) => (plan.once.push(work), stand);
  const clear = () => {
    for (const list of [mock.calls, mock.results, mock.instances, mock.contexts]) list.length = 0;
    return stand;
  };
  let name = 'mock';
  Object.assign(stand, {
    mock,
    mockImplementation: will,
    mockImplementationOnce: willOnce,
    mockReturnValue: (value) => will(() => value),
    mockReturnValueOnce: (value) => willOnce(() => value),
    mockResolvedValue: (value) => will(async () => value),
    mockResolvedValueOnce: (value) => willOnce(async () => value),
    mockRejectedValue: (error) => will(() => Promise.reject(error)),
    mockRejectedValueOnce: (error) => willOnce(() => Promise.reject(error)),
    mockReturnThis: () => will(itself),
    mockName: (told) => ((name = told), stand),
    getMockName: () => name,
    getMockImplementation: () => plan.work,
    mockClear: clear,
    mockReset: () => refuse('mockReset, which means another thing in each version of the runners,'),
    mockRestore: () => void clear(),
  });
  made.add(stand);
  return stand;
}

function spyOn(owner, name, access) {
  if (access !== undefined) refuse('spyOn of a getter or a setter');
  const original = owner?.[name];
  if (typeof original !== 'function') throw new TypeError(`${String(name)} is no method`);
  if (original.mock?.calls) return original;
  const had = Object.getOwnPropertyDescriptor(owner, name);
  const stand = mockOf(original);
  const restore = () => (had ? Object.defineProperty(owner, name, had) : delete owner[name]);
  owner[name] = stand;
  spied.push(restore);
  const clear = stand.mockRestore;
  stand.mockRestore = () => (clear(), restore(), undefined);
  return stand;
}

function mocking(owner) {
  const members = {
    fn: (work) => mockOf(work),
    spyOn,
    isMockFunction: (value) => made.has(value),
    mocked: (value) => value,
    clearAllMocks: () => (made.forEach((one) => one.mockClear()), api),
    restoreAllMocks: () => (restoreAll(), api),
  };
  if (owner === 'vi') members.hoisted = (work) => work();
  else members.setTimeout = () => api; // the worker has limits of its own
  const api = known(members, owner);
  return api;
}

module.exports = { mocking, restoreAll };
