// node drive.mjs FOLDER TEST SECONDS: runs FOLDER/*/TEST, each in a thread of its own, and tells how each ended.
// `start NAME`, then `end NAME CODE` or `end NAME hang`; a run that takes the process down leaves its start without an end.
import { readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const [folder, test, seconds] = process.argv.slice(2);

function run(name) {
  return new Promise((resolve) => {
    const worker = new Worker(join(folder, name, test), { stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 200 } });
    worker.stdout.resume();
    worker.stderr.resume();
    const timer = setTimeout(() => {
      worker.terminate();
      resolve('hang');
    }, Number(seconds) * 1000);
    const ended = (code) => (clearTimeout(timer), resolve(code));
    worker.on('error', () => ended(1));
    worker.on('exit', ended);
  });
}

for (const name of readdirSync(folder).sort()) {
  writeSync(1, `start ${name}\n`);
  writeSync(1, `end ${name} ${await run(name)}\n`);
}
process.exit(0);
