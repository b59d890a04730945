'use strict';
// The files around the subject, made anew for each run of the suite: what a test file requires or imports, with the subject of the moment.
const path = require('node:path');
const vm = require('node:vm');
const { pathToFileURL } = require('node:url');
const { createRequire, isBuiltin } = require('node:module');

const { input } = require('./runtime.cjs');
const { load } = require('./subject.cjs');
const { counted, noteAssertion } = require('./repair-suite.cjs');
const { PACKAGES, foreign, kindIn, requireNode, wantsGlobals } = require('./foreign.cjs');

const bare = (place) => place.replace(/\.([cm]?[jt]s|[jt]sx)$/, '');
const files = new Map(input.files.map((file) => [bare(path.resolve(file.path)), { ...file, place: path.resolve(file.path) }]));
const subjectFile = path.resolve(input.subject.path);
const subjectPlace = bare(subjectFile);
const strictAssert = counted(require('node:assert/strict'));
const looseAssert = Object.assign(counted(require('node:assert')), { strict: strictAssert });
const OWN = { assert: looseAssert, 'assert/strict': strictAssert };
const compiled = new Map();

function compile(file) {
  const names = ['exports', 'require', 'module', '__filename', '__dirname'];
  return vm.compileFunction(file.text.replace(/^#!/, '//'), names, { filename: file.place });
}

function compiledOnce(file) {
  if (!compiled.has(file.place)) compiled.set(file.place, compile(file));
  return compiled.get(file.place);
}

class World {
  // `suite` is whom tests register with.
  constructor() {
    this.subject = null; // what the subject exports
    this.isModule = input.subject.kind === 'esm';
    this.loaded = new Map();
    this.suite = null;
  }

  // Loads a version of the subject, with the other files of the job around it; what it exports, or a promise of that.
  load(text) {
    const file = { place: subjectFile, text, kind: input.subject.kind };
    if (file.kind === 'commonjs') return (this.subject = this.required(file, compile(file)));
    return this.waitedFor(file.kind === 'esm' ? this.evaluated(file) : load(text));
  }

  async waitedFor(exported) {
    this.subject = await exported;
    return this.subject;
  }

  // Runs a test file; a promise where it is a module.
  run(file) {
    requireNode(file.text);
    if (wantsGlobals(file.text)) Object.assign(globalThis, foreign(this.suite.api(), kindIn(file.text), noteAssertion));
    return file.kind === 'esm' ? this.evaluated(file) : void this.required(file);
  }

  // The file that a specifier names: the subject, another file of the job, or null for what Node finds by itself.
  found(specifier, from) {
    if (!/^\.{1,2}(\/|$)/.test(specifier)) return null;
    const place = bare(path.resolve(path.dirname(from), specifier));
    if (place === subjectPlace || (!files.has(place) && path.basename(place) === path.basename(subjectPlace))) return 'subject';
    return files.get(place) ?? files.get(path.join(place, 'index')) ?? null;
  }

  builtin(specifier) {
    const name = specifier.replace(/^node:/, '');
    if (name === 'test' && specifier !== 'test') return this.suite.api();
    if (Object.hasOwn(PACKAGES, specifier)) return foreign(this.suite.api(), PACKAGES[specifier], noteAssertion);
    return OWN[name];
  }

  require(specifier, from) {
    const own = this.builtin(specifier);
    if (own) return own;
    const file = this.found(specifier, from);
    if (file === 'subject') return this.subject;
    return file ? this.required(file) : createRequire(from)(specifier);
  }

  required(file, work) {
    if (this.loaded.has(file.place)) return this.loaded.get(file.place).exports;
    if (file.place.endsWith('.json')) return JSON.parse(file.text);
    const module = { exports: {}, id: file.place, filename: file.place, loaded: true, children: [], paths: [] };
    this.loaded.set(file.place, module);
    const require = Object.assign((specifier) => this.require(specifier, file.place), { main: null, cache: {}, resolve: (name, options) => createRequire(file.place).resolve(name, options) });
    (work ?? compiledOnce(file)).call(module.exports, module.exports, require, module, file.place, path.dirname(file.place));
    return module.exports;
  }

  async evaluated(file) {
    const module = await this.linked(file);
    if (module.status === 'linked') await module.evaluate();
    return module.namespace;
  }

  async linked(file) {
    if (this.loaded.has(file.place)) return this.loaded.get(file.place);
    const url = pathToFileURL(file.place).href;
    const module = new vm.SourceTextModule(file.text.replace(/^#!/, '//'), {
      identifier: url,
      initializeImportMeta: (meta) => Object.assign(meta, { url, filename: file.place, dirname: path.dirname(file.place) }),
      importModuleDynamically: async (specifier) => {
        const made = await this.imported(specifier, file.place);
        if (made.status === 'unlinked') await made.link(() => {});
        if (made.status === 'linked') await made.evaluate();
        return made;
      },
    });
    this.loaded.set(file.place, module);
    await module.link((specifier) => this.imported(specifier, file.place));
    return module;
  }

  async imported(specifier, from) {
    const own = this.builtin(specifier);
    if (own) return synthetic(own, own);
    const file = this.found(specifier, from);
    if (file === 'subject' && this.loaded.get(subjectFile)?.status === 'evaluated') return this.loaded.get(subjectFile);
    if (file === 'subject') return this.isModule ? synthetic(this.subject) : synthetic(this.subject, this.subject);
    if (file && file.kind === 'esm') return this.linked(file);
    if (file) return synthetic(this.required(file), this.required(file));
    const known = isBuiltin(specifier) ? await import(specifier) : await import(createRequire(from).resolve(specifier));
    return synthetic(known);
  }
}

// A module of given exports; `main` is the default export of what is no module itself.
function synthetic(exports, main) {
  const names = new Set(exports !== null && ['object', 'function'].includes(typeof exports) ? Object.keys(exports) : []);
  if (main !== undefined) names.add('default');
  return new vm.SyntheticModule([...names], function fill() {
    for (const name of names) this.setExport(name, name === 'default' && main !== undefined ? main : exports[name]);
  });
}

module.exports = { World, files };
