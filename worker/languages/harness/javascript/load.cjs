'use strict';
// Loads the subject once, plainly, and tells what it exports or why it can't be loaded.
const { input, report, exit, describeError, guarded, counter, ended, keepAlive, broken } = require('./runtime.cjs');
const { load } = require('./subject.cjs');

function callables(exported) {
  const found = [];
  const visit = (value, name, depth) => {
    if (typeof value === 'function') found[found.length] = name || '(itself)';
    else if (value === null || typeof value !== 'object') return;
    if (depth > 1) return;
    for (const key of Object.keys(value).slice(0, 200)) {
      const property = Object.getOwnPropertyDescriptor(value, key);
      if (property) visit('value' in property || depth > 0 ? property.value : value[key], name ? `${name}.${key}` : key, depth + 1);
    }
  };
  visit(exported, '', 0);
  return found;
}

async function main() {
  keepAlive();
  report({ started: true });
  counter.limit = 5e7;
  let exported = null;
  const outcome = await guarded(() => load(input.source), { milliseconds: 3000, steps: 5e7 });
  if (ended.code !== null) report({ fault: 'exit', detail: `process.exit(${ended.code})` });
  else if (outcome.stopped) report({ fault: 'endless' });
  else if ('thrown' in outcome) report({ fault: 'thrown', code: outcome.thrown?.code, detail: describeError(outcome.thrown) });
  else exported = outcome.value;
  if (exported !== null) report({ callables: callables(exported) });
  report({ finished: true });
  exit(0);
}

main().catch(broken);
