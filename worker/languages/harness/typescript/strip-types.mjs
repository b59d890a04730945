// Gives Node the JavaScript of the TypeScript files beside it, made before the run.
import fs from 'node:fs';
import module, { register, syncBuiltinESMExports } from 'node:module';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const known = JSON.parse(fs.readFileSync(path.resolve('types.json'), 'utf8'));
const places = new Map(Object.entries(known.files).map(([name, file]) => [path.resolve(name), file]));

// `require` and a file that is run directly.
const compile = (loaded, filename) => loaded._compile(places.get(path.resolve(filename))?.text ?? fs.readFileSync(filename, 'utf8'), filename);
module._extensions['.ts'] = compile;
module._extensions['.cts'] = compile;
// What Node 22.13 has for sources that export nothing.
module.stripTypeScriptTypes = (text) => (text.trim() === known.source.replace(/^#!/, '//').trim() ? known.stripped : text);
syncBuiltinESMExports();

const files = Object.fromEntries([...places].map(([place, file]) => [pathToFileURL(place).href, file]));
const hooks = `
  let files;
  export const initialize = (given) => { files = given; };
  export const load = (url, context, next) => {
    const file = files[url];
    if (!file) return next(url, context);
    return { format: file.kind, source: file.kind === 'module' ? file.text : null, shortCircuit: true };
  };`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`, { data: files });
