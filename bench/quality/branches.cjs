// node --require branches.cjs TEST: what a program written by javascript_branches.py tells ends up in the file that DDF_BRANCHES names.
'use strict';

const { writeFileSync } = require('node:fs');
const { isMainThread } = require('node:worker_threads');

const taken = new Set();
const file = process.env.DDF_BRANCHES;

globalThis.__ddfBranch = (number, ...condition) => {
  taken.add(condition.length && !condition[0] ? number + 1 : number);
  return condition[0];
};
if (isMainThread) process.on('exit', () => writeFileSync(file, JSON.stringify([...taken])));
