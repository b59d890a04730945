'use strict';
// Lays out a test file by prettier and hands it on.
const path = require('node:path');
const { input, report, exit } = require('./runtime.cjs');

async function main() {
  const at = (name) => require(path.join(input.package, name));
  const { format } = at('standalone.js');
  const plugins = [at('plugins/babel.js'), at('plugins/estree.js')];
  report({ text: await format(input.text, { parser: input.parser, plugins, ...input.options }) });
  report({ finished: true });
  exit(0);
}

main().catch((error) => {
  report({ fault: String(error).slice(0, 500) });
  exit(0);
});
