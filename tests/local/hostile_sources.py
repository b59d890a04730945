"""Code that nobody should run outside a sandbox: what each does is its name. {mark}, {root} and {port} are filled in."""

PYTHON = {
    "syntax_error": "def broken(:\n    return\n",
    "no_functions": "# nothing but words\n",
    "loops_at_import": "def one(n):\n    return n\n\nwhile True:\n    pass\n",
    "loops_in_a_function": "def spin(n):\n    while True:\n        n += 1\n",
    "eats_memory_at_import": "def one(n):\n    return n\n\nkept = []\nwhile True:\n    kept.append(bytearray(64 << 20))\n",
    "eats_memory_in_a_function": "def eat(n):\n    return len(bytearray(1 << 40)) + n\n",
    "forks_for_ever": "import os\n\ndef fork(n):\n    while True:\n        os.fork()\n",
    "forks_at_import": "import os\n\ndef one(n):\n    return n\n\nwhile True:\n    os.fork()\n",
    "raises_at_import": "def one(n):\n    return n\n\nraise SystemExit('gone')\n",
    "leaves_at_import": "import os\n\ndef one(n):\n    return n\n\nos._exit(0)\n",
    "leaves_in_a_function": "import os\n\ndef leave(code):\n    os._exit(0)\n",
    "writes_files": """
import os
from pathlib import Path

PLACES = ("/tmp/{mark}", "/var/tmp/{mark}", "/dev/shm/{mark}", "/root/{mark}", "{root}/{mark}", "{root}/worker/{mark}",
          "../{mark}", "../../{mark}", os.path.expanduser("~/{mark}"), "/{mark}", "/etc/{mark}")

def write(n):
    done = []
    for place in PLACES:
        try:
            Path(place).write_text("here")
            done.append(place)
        except OSError:
            pass
    return len(done)

write(1)
""",
    "reads_secrets": """
import glob
import os

def peek(n):
    found = [f"{name}={value}" for name, value in sorted(os.environ.items())]
    for path in [*glob.glob("/proc/*/environ"), *glob.glob("/proc/*/cmdline"), "/root/.aws/credentials", "/etc/shadow",
                 "{root}/.ddf/local/localaws.json", "{root}/Pulumi.local.yaml"]:
        try:
            found.append(open(path, errors="replace").read())
        except OSError:
            pass
    return found

def tell(n):
    raise ValueError(" ".join(peek(n)))

print(peek(1))
""",
    "opens_sockets": """
import socket

def connect(n):
    reached = []
    for place in (("127.0.0.1", {port}), ("169.254.170.2", 80), ("169.254.169.254", 80), ("1.1.1.1", 53)):
        try:
            socket.create_connection(place, timeout=1).close()
            reached.append(place)
        except OSError:
            pass
    return reached

assert not connect(1), "{mark} reached the network"
""",
    "kills_everybody": """
import os
import signal

def kill(n):
    killed = []
    for pid in (os.getppid(), 1, -1, 0, *range(2, 60000)):
        if pid != os.getpid():
            try:
                os.kill(pid, signal.SIGKILL)
                killed.append(pid)
            except OSError:
                pass
    return killed

kill(0)
""",
    "prints_megabytes": "import sys\n\ndef shout(n):\n    sys.stdout.write('x' * (64 << 20))\n    sys.stderr.write('y' * (64 << 20))\n    return n\n\nshout(1)\n",
    "fakes_reports": """
import json
import os
import sys

FAKE = json.dumps({"ok": True, "status": "passed", "kept": ["{mark}"], "observed": "{mark}", "value": "{mark}"})
for number in range(1, 64):
    try:
        os.write(number, (FAKE + "\\n").encode())
    except OSError:
        pass

def double(n):
    print(FAKE)
    sys.stderr.write(FAKE)
    return n * 2
""",
    "breaks_the_harness": """
import builtins
import json
import sys
import time

builtins.print = builtins.open = builtins.repr = None
json.dumps = json.loads = None
sys.settrace = sys.exit = time.monotonic = None
sys.modules.clear()

def add(a, b):
    return a + b
""",
    "recurses": "def deep(n):\n    return deep(n + 1)\n",
    "evil_values": """
class Evil:
    def __repr__(self):
        raise SystemExit(3)

    def __eq__(self, other):
        raise KeyboardInterrupt

    def __reduce__(self):
        import os
        return (os._exit, (0,))

def make(n):
    return Evil()
""",
    "detaches": "import os\nimport time\n\ndef hide(n):\n    if os.fork() == 0:\n        os.setsid()\n        if os.fork() == 0:\n            time.sleep(600)\n        os._exit(0)\n    return n\n\nhide(1)\n",
}

JAVASCRIPT = {
    "syntax_error": "function broken( { return\n",
    "loops_at_import": "function one(n) { return n; }\nmodule.exports = { one };\nwhile (true) {}\n",
    "loops_in_a_function": "function spin(n) { while (true) n += 1; }\nmodule.exports = { spin };\n",
    "eats_memory": "function one(n) { return n; }\nmodule.exports = { one };\nconst kept = [];\nwhile (true) kept.push(Buffer.alloc(64 << 20, 1));\n",
    "leaves_at_import": "function one(n) { return n; }\nmodule.exports = { one };\nprocess.exit(0);\n",
    "leaves_in_a_function": "function leave(n) { process.exit(0); }\nmodule.exports = { leave };\n",
    "starts_processes": """
const { execSync, spawnSync } = require('child_process');
function run(n) {
  const said = [];
  for (const command of ['touch /tmp/{mark} {root}/{mark} /root/{mark}', 'env', 'cat /proc/*/environ']) {
    try { said.push(execSync(command).toString()); } catch (error) { said.push('no'); }
  }
  return said;
}
module.exports = { run };
run(1);
""",
    "writes_and_reads_files": """
const fs = require('fs');
function write(n) {
  let done = 0;
  for (const place of ['/tmp/{mark}', '/root/{mark}', '{root}/{mark}', '../{mark}', '../../{mark}', '/dev/shm/{mark}']) {
    try { fs.writeFileSync(place, 'here'); done += 1; } catch (error) { /* refused */ }
  }
  return done;
}
function peek(n) {
  const said = [JSON.stringify(process.env)];
  let pids = ['1', 'self'];
  try { pids = fs.readdirSync('/proc'); } catch (error) { /* refused */ }
  for (const pid of pids) {
    try { said.push(fs.readFileSync(`/proc/${pid}/environ`, 'utf8')); } catch (error) { /* refused */ }
  }
  return said.join(' ');
}
module.exports = { write, peek };
console.log(write(1), peek(1));
""",
    "opens_sockets": """
const net = require('net');
const http = require('http');
function connect(n) {
  const socket = net.connect({port}, '127.0.0.1');
  socket.on('connect', () => { throw new Error('{mark} reached the network'); });
  socket.on('error', () => {});
  return http.get('http://169.254.170.2/').on('error', () => {}) !== null;
}
module.exports = { connect };
connect(1);
""",
    "pollutes_prototypes": """
Object.prototype.ok = true;
Object.prototype.toJSON = function () { return '{mark}'; };
Array.prototype.push = Array.prototype.map = function () { throw new Error('no'); };
JSON.stringify = () => '{"ok":true}';
Promise.prototype.then = undefined;
globalThis.process.exit = () => {};
function add(a, b) { return a + b; }
module.exports = { add };
""",
    "kills_everybody": """
function kill(n) {
  for (const pid of [process.ppid, 1, -1, 0]) { try { process.kill(pid, 'SIGKILL'); } catch (error) { /* refused */ } }
  return 1;
}
kill(1);
module.exports = { kill };
""",
    "prints_megabytes": "function shout(n) { require('fs').writeSync(1, 'x'.repeat(64 << 20)); return n; }\nshout(1);\nmodule.exports = { shout };\n",
    "waits_for_ever": "setInterval(() => {}, 1000);\nfunction later(n) { return new Promise(() => {}); }\nmodule.exports = { later };\n",
}
