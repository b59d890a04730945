'use strict';
// Makes of ESLint's linter one file, with what V8 compiled of it beside it: to load its some 200 files takes longer than to ask it, and each
// fix of JavaScript asks it in a process of its own. Where this has not run, or V8 is another one since, the package itself is loaded.
//
//   node --max-old-space-size=256 pack.cjs FOLDER    the folder that holds node_modules; a heap of another size makes other code
const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const Module = require('node:module');

const folder = path.resolve(process.argv[2]);
const modules = path.join(folder, 'node_modules');
const target = path.join(folder, 'packed');
const file = path.join(target, 'eslint.cjs');
const made = path.join(target, 'made.cjs'); // which gets its name when all is there
const ENTRY = "exports.Linter = require('eslint/universal').Linter; exports.rules = require('./node_modules/eslint/lib/rules/index.js');";

fs.mkdirSync(target, { recursive: true });
require(path.join(modules, 'esbuild')).buildSync({
  stdin: { contents: ENTRY, resolveDir: folder, sourcefile: 'entry.cjs' },
  bundle: true,
  minify: true,
  keepNames: true,
  platform: 'node',
  format: 'cjs',
  outfile: made,
  logLevel: 'error',
});
const script = new vm.Script(Module.wrap(fs.readFileSync(made, 'utf8')), { filename: file });
const packed = { exports: {} };
script.runInThisContext()(packed.exports, require, packed, file, target);

// What has run is compiled: the linter reads this very file by the rules that it recommends.
const all = require(path.join(modules, 'eslint', 'lib', 'rules', 'index.js')); // not of the pack, of which only those are to be compiled
const recommended = [...all].filter(([, rule]) => rule.meta.docs.recommended).map(([name]) => [name, 2]);
const config = { languageOptions: { sourceType: 'commonjs' }, rules: Object.fromEntries(recommended) };
new packed.exports.Linter().verify(fs.readFileSync(__filename, 'utf8'), config, { filename: 'pack.js' });
fs.writeFileSync(`${file}.compiled`, script.createCachedData());
fs.renameSync(made, file);
