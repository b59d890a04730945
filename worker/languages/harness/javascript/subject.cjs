'use strict';
// Loads the subject from text, as often as asked; every load is a fresh instance with state of its own.
const path = require('node:path');
const vm = require('node:vm');
const { createRequire } = require('node:module');
const { pathToFileURL } = require('node:url');

const { input } = require('./runtime.cjs');

const filename = path.resolve(input.subject.path);
const requireFrom = createRequire(filename);

// All exports, as a test sees them.
async function load(source) {
  const text = source.replace(/^#!/, '//');
  if (input.subject.kind === 'esm') return loadModule(text);
  if (input.subject.kind === 'commonjs') return loadCommonJs(text);
  return loadScript(text);
}

function loadCommonJs(text) {
  const module = { exports: {}, id: filename, filename, loaded: false, children: [], paths: [] };
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  const body = vm.compileFunction(text, names, { filename });
  body.call(module.exports, module.exports, requireFrom, module, filename, path.dirname(filename));
  return module.exports;
}

function loadScript(text) {
  const returned = `\nreturn { ${input.subject.names.join(', ')} };`;
  return vm.compileFunction(text + returned, ['exports', 'require', 'module'], { filename })({}, requireFrom, { exports: {} });
}

async function loadModule(text) {
  const options = {
    identifier: pathToFileURL(filename).href,
    initializeImportMeta: (meta) => {
      meta.url = pathToFileURL(filename).href;
    },
    importModuleDynamically: (specifier) => import(requireFrom.resolve(specifier)),
  };
  const module = new vm.SourceTextModule(text, options);
  await module.link(async (specifier) => {
    const imported = await import(specifier.startsWith('.') ? pathToFileURL(path.resolve(specifier)).href : specifier);
    const names = Object.keys(imported);
    return new vm.SyntheticModule(names, function fill() {
      for (const name of names) this.setExport(name, imported[name]);
    });
  });
  await module.evaluate({ timeout: 2000 });
  return module.namespace;
}

// The names that a test may use, with their values.
function scopeOf(exported) {
  const { kind, main, names, namespace } = input.subject;
  const scope = {};
  for (const name of names) scope[name] = exported[name];
  if (main) scope[main] = kind === 'esm' ? exported.default : exported;
  if (!(namespace in scope)) scope[namespace] = exported;
  return scope;
}

module.exports = { load, scopeOf, requireFrom };
