// node drive.mjs FOLDER TEST SECONDS: runs FOLDER/*/TEST, each in a thread of its own, and tells how each ended.
// `start NAME`, then `end NAME CODE` or `end NAME hang`; a run that takes the process down leaves its start without an end.
// SECONDS are of processor time, of which this thread takes next to none; a run that waits is ended after ten times as many on the clock.
import { readdirSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';

const [folder, test, seconds] = process.argv.slice(2);
const limit = Number(seconds) * 1000;

function spent(since) {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function run(name) {
  return new Promise((resolve) => {
    const began = [process.cpuUsage(), performance.now()];
    const worker = new Worker(join(folder, name, test), { stdout: true, stderr: true, resourceLimits: { maxOldGenerationSizeMb: 200 } });
    worker.stdout.resume();
    worker.stderr.resume();
    const ended = (code) => (clearInterval(timer), resolve(code));
    const timer = setInterval(() => {
      if (spent(began[0]) < limit && performance.now() - began[1] < limit * 10) return;
      worker.terminate();
      ended('hang');
    }, 50);
    worker.on('error', () => ended(1));
    worker.on('exit', ended);
  });
}

for (const name of readdirSync(folder).sort()) {
  writeSync(1, `start ${name}\n`);
  writeSync(1, `end ${name} ${await run(name)}\n`);
}
process.exit(0);
