'use strict';
// Runs the plain runner on the test files as a developer would.
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const { input, report } = require('./runtime.cjs');

const scripts = ['throwing-assert.cjs', ...(input.isForeign ? ['foreign-globals.cjs'] : [])];
const preloads = scripts.map((name) => `--require=${path.join(__dirname, name)}`);
const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', ...input.tests], {
  encoding: 'utf8',
  env: { ...process.env, NODE_OPTIONS: [...preloads, ...input.options].join(' ') },
  timeout: Math.ceil(input.seconds * 1000), // whole milliseconds, or Node refuses
  maxBuffer: 8 << 20,
});
const verdicts = run.stdout.split('\n').filter((line) => /^\s*(not )?ok \d/.test(line));
const output = `${run.stdout}\n${run.stderr}`;
report({ code: run.status, timedOut: run.error?.code === 'ETIMEDOUT', verdicts: verdicts.slice(0, 1000), output: output.slice(-4000) });
report({ finished: true });
process.reallyExit(0);
