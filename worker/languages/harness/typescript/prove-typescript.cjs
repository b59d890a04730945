'use strict';
// Runs the test file of a TypeScript module as a developer would. A Node that knows no types, or a source that is more than types,
// is given the JavaScript of both by a loader; then says so.
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { pathToFileURL } = require('node:url');

const { input, report } = require('./runtime.cjs');

const isNative = input.isErasable && Boolean(process.features.typescript);
if (!isNative) {
  fs.writeFileSync(path.resolve('types.json'), JSON.stringify({ files: input.files, source: input.original, stripped: input.stripped }));
}
// Node's own stripping is WebAssembly, which by default reserves more address space than a run may have.
const native = '--no-warnings --disable-wasm-trap-handler';
const loader = pathToFileURL(path.join(__dirname, 'strip-types.mjs')).href;
const run = spawnSync(process.execPath, ['--test', '--test-reporter=tap', input.testPath], {
  encoding: 'utf8',
  env: { ...process.env, NODE_V8_COVERAGE: 'v8-coverage', NODE_OPTIONS: isNative ? native : `--no-warnings --import=${loader}` },
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
report({ native: isNative, code: run.status, timedOut: run.error?.code === 'ETIMEDOUT', counted, verdicts: verdicts.slice(0, 1000), output: output.slice(-20000) });
report({ finished: true });
process.reallyExit(0);
