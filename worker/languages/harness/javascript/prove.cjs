'use strict';
// Runs the plain runner on the test file as a developer would, and hands on what V8 counted in the subject.
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');

const { input, report } = require('./runtime.cjs');

const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', input.testPath], {
  encoding: 'utf8',
  env: { ...process.env, NODE_V8_COVERAGE: 'v8-coverage' },
  timeout: Math.ceil(input.seconds * 1000), // whole milliseconds, or Node refuses
  maxBuffer: 8 << 20,
});

const counted = [];
for (const name of fs.existsSync('v8-coverage') ? fs.readdirSync('v8-coverage') : []) {
  const { result } = JSON.parse(fs.readFileSync(path.join('v8-coverage', name), 'utf8'));
  for (const script of result) {
    if (!script.url.endsWith(`/${encodeURI(input.subject.path)}`)) continue;
    counted.push(script.functions.flatMap((one) => one.ranges.map((range) => [range.startOffset, range.endOffset, range.count])));
  }
}
// The lines about tests are handed on whole; of the rest only the end.
const verdicts = run.stdout.split('\n').filter((line) => /^\s*(not )?ok \d/.test(line));
const output = `${run.stdout}\n${run.stderr}`;
report({ code: run.status, timedOut: run.error?.code === 'ETIMEDOUT', counted, verdicts: verdicts.slice(0, 1000), output: output.slice(-20000) });
report({ finished: true });
process.reallyExit(0);
