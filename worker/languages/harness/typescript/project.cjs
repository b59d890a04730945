'use strict';
// The settings of the project that a file belongs to, and which messages about it say more of what is missing here than of the file.
const path = require('node:path');
const { isBuiltin } = require('node:module');

// Said of the surroundings, never of the file: a package or its types are not here.
const OUTSIDE = new Set([2307, 7016, 2580, 2591, 2792, 6053, 2688, 1259, 5097, 2664, 2581, 2582, 2592, 2593, 2867, 2868]);
// Said where a type that is not here would have told what a parameter or an element is.
const UNTOLD = new Set([7005, 7006, 7008, 7010, 7011, 7019, 7031, 7034, 7051, 7053]);
// Said of names: types of packages may bring them in for everybody.
const UNNAMED = new Set([2304, 2552, 18004]);
// Said of properties, which a package may add to what others declare.
const UNADDED = new Set([2339]);
// Said of namespaces, and of values that are types as well where the types of Node are there.
const LOOSE = new Set([2503, 2694, 2749]);
const OF_NODE = new Set([...Object.getOwnPropertyNames(globalThis), 'NodeJS', 'BufferEncoding', 'RequestInit', 'ResponseInit', 'HeadersInit', 'BodyInit']);

function compilerSettings(ts, input, subject, texts) {
  const place = nearest(subject, 'tsconfig.json', texts);
  const plain = ts.convertCompilerOptionsFromJson(input.options, '/code').options;
  const given = place ? configured(ts, place, texts) : plain;
  return { ...given, ...input.forced, noEmit: true, skipLibCheck: true, allowImportingTsExtensions: true, types: [], typeRoots: [] };
}

// What a project says of itself holds; nothing is made stricter than its own compiler makes it.
function configured(ts, place, texts) {
  const host = { useCaseSensitiveFileNames: true, readDirectory: () => [], fileExists: (name) => texts.has(name), readFile: (name) => texts.get(name)?.text };
  const { config } = ts.parseConfigFileTextToJson(place, texts.get(place).text);
  const { options } = ts.parseJsonConfigFileContent(config ?? {}, host, path.posix.dirname(place), undefined, place);
  const kind = options.module === undefined && options.moduleResolution === undefined ? { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler } : {};
  return { target: ts.ScriptTarget.ESNext, esModuleInterop: true, resolveJsonModule: true, jsx: ts.JsxEmit.Preserve, ...kind, ...options, strict: options.strict ?? false };
}

function nearest(from, name, texts) {
  for (let folder = path.posix.dirname(from); ; folder = path.posix.dirname(folder)) {
    const place = path.posix.join(folder, name);
    if (texts.has(place)) return place;
    if (folder === '/') return null;
  }
}

// Tells whether a message may come from what is not here: packages whose types the file, or what it imports, stands on. What a log says of the
// file is believed, and that it says no more.
function doubts(ts, input, subject, texts, options, host) {
  const told = new Set(input.told);
  if (told.size) return ({ code }) => !told.has(code);
  const missing = missingAround(ts, subject, texts, options, host);
  const isAmbient = hasAmbientTypes(ts, subject, texts);
  return ({ code, file, start, length }) => {
    if (LOOSE.has(code)) return true;
    if (UNTOLD.has(code)) return missing.packages || missing.builtins;
    if (UNNAMED.has(code)) return missing.packages || isAmbient || OF_NODE.has(file.text.slice(start, start + length));
    return UNADDED.has(code) && missing.packages;
  };
}

function missingAround(ts, subject, texts, options, host) {
  const found = { packages: false, builtins: false };
  const seen = new Set();
  const waiting = [subject];
  while (waiting.length) {
    const place = waiting.pop();
    if (seen.has(place) || !texts.has(place)) continue;
    seen.add(place);
    for (const { fileName: name } of ts.preProcessFile(texts.get(place).text).importedFiles) {
      const target = ts.resolveModuleName(name, place, options, host).resolvedModule?.resolvedFileName;
      if (target) waiting.push(target);
      else if (isBuiltin(name)) found.builtins = true;
      else if (!name.startsWith('.')) found.packages = true;
    }
  }
  return found;
}

// Packages of types that name things for every file; those of Node are known.
function hasAmbientTypes(ts, subject, texts) {
  const place = nearest(subject, 'package.json', texts);
  const { config } = place ? ts.parseConfigFileTextToJson(place, texts.get(place).text) : { config: {} };
  const names = Object.keys({ ...config?.dependencies, ...config?.devDependencies });
  return names.some((name) => name.startsWith('@types/') && name !== '@types/node');
}

module.exports = { compilerSettings, doubts, OUTSIDE };
