'use strict';
// Loaded before a test file under `node --test`: what its runner would have put around it.
const fs = require('node:fs');
const { register } = require('node:module');
const { foreign, kindIn, lacking, requireNode, wantsGlobals } = require('./foreign.cjs');

const [, place] = process.argv;
const text = place && fs.statSync(place, { throwIfNoEntry: false })?.isFile() ? fs.readFileSync(place, 'utf8') : '';
requireNode(text);
if (wantsGlobals(text)) Object.assign(globalThis, foreign(require('node:test'), kindIn(text)));
// What was refused and swallowed must not pass.
process.on('exit', () => {
  if (lacking.length) process.exitCode = 1;
});

// Their runners find files without their endings, and TypeScript by the name that it is compiled to.
const hooks = `
  const ENDS = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts', '.json', '/index.js', '/index.mjs', '/index.ts'];
  export async function resolve(specifier, context, next) {
    try {
      return await next(specifier, context);
    } catch (error) {
      if (!/^\\.{1,2}(\\/|$)/.test(specifier)) throw error;
      for (const name of [specifier.replace(/\\.([cm]?)js$/, '.$1ts'), ...ENDS.map((end) => specifier + end)]) {
        try {
          return await next(name, context);
        } catch {}
      }
      throw error;
    }
  }`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);
