'use strict';
// Asks TypeScript's own language service what is wrong with a file and how it would mend it; every mending is checked by compiling again.
const fs = require('node:fs');
const path = require('node:path');

const { input, report, exit, now } = require('./runtime.cjs');
const { compilerSettings, doubts, OUTSIDE } = require('./project.cjs');

const ts = require(path.join(input.package, 'lib', 'typescript.js'));

const ROUNDS = 24;
const TRIED = 6;
// Mendings that only make the compiler silent come last; some are never wanted.
const LAST = ['fixMissingMember', 'inferFromUsage', 'unusedIdentifier', 'addMissingNewOperator', 'fixMissingProperties', 'fixMissingAttributes'];
const NEVER = ['fixMissingFunctionDeclaration', 'disableJsDiagnostics', 'fixCannotFindModule', 'installTypesPackage', 'addConvertToUnknownForNonOverlappingTypes'];
// About code that does nothing: what seems to be unused may be what a misspelt name means.
const IDLE = new Set([6133, 6138, 6192, 6196, 6198, 7027, 7028]);

const root = '/code';
const place = (name) => path.posix.join(root, name);
const subject = place(input.path);
const texts = new Map(Object.entries(input.files).map(([name, text]) => [place(name), { text, version: 1 }]));
if (!input.files['package.json']) texts.set(place('package.json'), { text: '{ "type": "module" }', version: 1 });
texts.set(place('__surroundings.d.ts'), { text: fs.readFileSync(path.join(__dirname, 'surroundings.d.ts'), 'utf8'), version: 1 });

const options = compilerSettings(ts, input, subject, texts);
const libraries = new Map();
const host = {
  getScriptFileNames: () => [...texts.keys()].filter((name) => /\.([cm]?ts|tsx)$/.test(name)),
  getScriptVersion: (name) => String(texts.get(name)?.version ?? 1),
  getScriptSnapshot(name) {
    if (texts.has(name)) return ts.ScriptSnapshot.fromString(texts.get(name).text);
    if (!libraries.has(name)) libraries.set(name, isThere(name) ? ts.ScriptSnapshot.fromString(fs.readFileSync(name, 'utf8')) : undefined);
    return libraries.get(name);
  },
  getCurrentDirectory: () => root,
  getCompilationSettings: () => options,
  getDefaultLibFileName: (given) => path.join(input.package, 'lib', ts.getDefaultLibFileName(given)),
  fileExists: (name) => texts.has(name) || (name.startsWith(input.package) && isThere(name)),
  readFile: (name) => texts.get(name)?.text ?? (name.startsWith(input.package) ? fs.readFileSync(name, 'utf8') : undefined),
  directoryExists: (name) => name === root || [...texts.keys()].some((one) => one.startsWith(`${name}/`)),
  getDirectories: () => [],
  readDirectory: () => [...texts.keys()],
};
const service = ts.createLanguageService(host, ts.createDocumentRegistry());
const isDoubtful = doubts(ts, input, subject, texts, options, host);
const FORMAT = { ...ts.getDefaultFormatCodeSettings('\n'), indentSize: input.indent, convertTabsToSpaces: !input.isTabbed, semicolons: input.semicolons ? 'insert' : 'ignore' };
const PREFERENCES = { quotePreference: input.isSingleQuoted ? 'single' : 'double', importModuleSpecifierEnding: input.ending, importModuleSpecifierPreference: 'relative', includeCompletionsForModuleExports: true };

// existsSync would ask for access, which a folder above may refuse although the file can be read.
function isThere(name) {
  return fs.statSync(name, { throwIfNoEntry: false }) !== undefined;
}

// Without the types of the language itself, nearly all that the compiler says is wrong: there is no answer then.
function needLibrary() {
  const [missing] = service.getProgram().getGlobalDiagnostics();
  if (missing) throw new Error(messageOf(missing));
}

function put(text) {
  const known = texts.get(subject);
  if (known.text !== text) texts.set(subject, { text, version: known.version + 1 });
}

// The errors of the file as it is now, without those that it was given with and that may come from what is not here.
function errors() {
  return errorsIn(subject)
    .filter((one) => !noise.has(messageOf(one)))
    .sort((one, other) => IDLE.has(one.code) - IDLE.has(other.code));
}

function errorsIn(name) {
  const found = service.getSyntacticDiagnostics(name);
  const all = found.length ? found : service.getSemanticDiagnostics(name);
  return all.filter((one) => one.category === ts.DiagnosticCategory.Error && !isOutside(one));
}

// What the compiler says of the other files: a change of what one file exports is felt there.
function elsewhere() {
  const others = host.getScriptFileNames().filter((name) => name !== subject && !/\.d\.[cm]?ts$/.test(name));
  return others.flatMap((name) => errorsIn(name).map((one) => ({ ...told(one), path: path.posix.relative(root, name) })));
}

function messageOf(one) {
  return `${one.code} ${ts.flattenDiagnosticMessageText(one.messageText, '\n')}`;
}

function isOutside(one) {
  if (!OUTSIDE.has(one.code)) return false;
  const text = ts.flattenDiagnosticMessageText(one.messageText, '\n');
  return !/'\.{1,2}\//.test(text);
}

function told(one) {
  const at = one.file.getLineAndCharacterOfPosition(one.start ?? 0);
  return { code: one.code, message: ts.flattenDiagnosticMessageText(one.messageText, '\n').slice(0, 500), line: at.line + 1, column: at.character + 1 };
}

function applied(text, changes) {
  let changed = text;
  for (const { span, newText } of [...changes].sort((one, other) => other.span.start - one.span.start)) changed = changed.slice(0, span.start) + newText + changed.slice(span.start + span.length);
  return changed;
}

function rank(name) {
  return name === 'spelling' ? -2 : name === 'import' ? -1 : LAST.indexOf(name) + 1;
}

// What the service proposes for an error, the wanted first: {text, name, description}.
function proposals(error, text) {
  let fixes = [];
  try {
    fixes = service.getCodeFixesAtPosition(subject, error.start, error.start + error.length, [error.code], FORMAT, PREFERENCES);
  } catch {
    return []; // the service stumbles over its own proposal
  }
  return fixes
    .filter((fix) => !NEVER.includes(fix.fixName) && fix.changes.length > 0 && fix.changes.every((change) => change.fileName === subject))
    .map((fix) => ({ text: applied(text, fix.changes[0].textChanges), name: fix.fixName, description: fix.description }))
    .sort((one, other) => rank(one.name) - rank(other.name))
    .slice(0, TRIED);
}

// Follows the best proposal for an error after the other while fewer errors remain. Resolves to the text, the names and the number left.
function mended(start, choose) {
  let text = start;
  const steps = [];
  const seen = new Set([text]);
  put(text);
  let left = errors();
  for (let round = 0; round < ROUNDS && left.length && now() < deadline; round += 1) {
    const step = nextStep(text, left, round === 0 ? choose : 0, seen);
    if (!step) break;
    text = step.text;
    seen.add(text);
    steps.push(step);
    put(text);
    left = errors();
  }
  return { text, left, steps };
}

// The first proposal that leaves fewer errors; else the first by which its own error is gone and no more come: a second step may follow.
function nextStep(text, left, choose, seen) {
  let skipped = 0;
  let halfway = null;
  for (const error of left) {
    put(text);
    errors();
    for (const proposal of [...proposals(error, text), ...rivalsOf(error, text)]) {
      if (seen.has(proposal.text) || now() > deadline) continue;
      put(proposal.text);
      const then = errors();
      if (then.length < left.length && (skipped += 1) > choose) return { ...proposal, code: error.code };
      if (then.length === left.length && !then.some((one) => one.code === error.code && one.messageText === error.messageText)) halfway ??= { ...proposal, code: error.code };
    }
  }
  return choose === 0 ? halfway : null;
}

// Words that are nearly the one that is nowhere, among the names that can stand there: the service itself is stricter.
function rivalsOf(error, text) {
  if (error.code < 2000) return wordsNear(error.start + error.length, text);
  const word = text.slice(error.start, error.start + error.length);
  if (!/^[A-Za-z_$][\w$]*$/.test(word)) return [];
  const { entries } = service.getCompletionsAtPosition(subject, error.start, { includeCompletionsForModuleExports: false }) ?? { entries: [] };
  const near = entries
    .map((one) => one.name)
   .filter((one) => one !== word && distance(one, word) <= Math.max(1, Math.min(2, Math.floor(word.length / 3))));
  return near.slice(0, TRIED).map((one) => ({ text: text.slice(0, error.start) + one + text.slice(error.start + error.length), name: 'spelling', description: `${word} is spelt ${one}` }));
}

// The keywords that the last words before the end of a fault may have been meant to be.
function wordsNear(end, text) {
  const found = [...text.slice(0, end).matchAll(/[A-Za-z]+/g)].slice(-3).reverse();
  return found.flatMap(({ 0: word, index }) => {
    const near = input.words.includes(word) ? [] : input.words.filter((one) => distance(one, word) === 1 && word.length > 3);
    return near.map((one) => ({ text: text.slice(0, index) + one + text.slice(index + word.length), name: 'spelling', description: `${word} is spelt ${one}` }));
  });
}

function distance(one, two) {
  if (Math.abs(one.length - two.length) > 2) return 3;
  const rows = [[...Array(two.length + 1).keys()]];
  for (let at = 1; at <= one.length; at += 1) {
    const row = [at];
    for (let place = 1; place <= two.length; place += 1) {
      let least = Math.min(rows[at - 1][place] + 1, row[place - 1] + 1, rows[at - 1][place - 1] + (one[at - 1] === two[place - 1] ? 0 : 1));
      if (at > 1 && place > 1 && one[at - 1] === two[place - 2] && one[at - 2] === two[place - 1]) least = Math.min(least, rows[at - 2][place - 2] + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[one.length][two.length];
}

const deadline = now() + input.seconds * 1000;
const noise = new Set();
try {
  needLibrary();
  for (const one of errorsIn(subject).filter(isDoubtful)) noise.add(messageOf(one));
  for (const [at, text] of (input.versions ?? []).entries()) {
    put(text);
    report({ version: at, errors: errors().slice(0, 200).map(told), elsewhere: input.isWhole ? elsewhere().slice(0, 500) : [] });
  }
  const ways = (input.starts ?? []).flatMap((start, at) => Array.from({ length: input.alternatives }, (_, choose) => ({ start, at, choose })));
  for (const { start, at, choose } of ways) {
    if (now() > deadline) break;
    const { text, left, steps } = mended(start, choose);
    if (steps.length) report({ start: at, mended: text, left: left.map(told).slice(0, 50), steps: steps.map(({ name, description, code }) => ({ name, description, code })) });
  }
  report({ finished: true });
} catch (error) {
  report({ fault: String(error?.stack ?? error).slice(0, 1000) });
}
exit(0);
