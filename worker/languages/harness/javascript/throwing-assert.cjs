'use strict';
// `console.assert` only prints where it fails; loaded before a test file, this makes it fail the test.
const { AssertionError } = require('node:assert');

console.assert = (condition, ...told) => {
  if (!condition) throw new AssertionError({ message: told.length ? String(told[0]) : 'console.assert failed' });
};
