#!/usr/bin/env bash
# The whole system on this machine: deploy, work, look, destroy. demo.sh PYTHON ; KEEP=1 leaves it up.
set -euo pipefail
python=$1
work=.ddf/demo
began=$SECONDS

bold='' faint='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' faint=$'\033[2m' plain=$'\033[0m'; fi
say() { printf '\n%s\n' "$bold$*$plain"; }
run() { printf '%s\n' "$faint$ ${*/#$python/python}$plain"; "$@"; }
ddf() { run "$python" -m automation "$@"; }

rm -rf "$work" && mkdir -p "$work/src"

say "1. Code to test: five modules of the standard library, two npm packages"
for module in colorsys bisect textwrap shlex fractions; do
  cp "$("$python" -c "import $module; print($module.__file__)")" "$work/src/"
done
PATH="$(dirname "$python"):$PATH" npm install --silent --no-save --prefix "$work/npm" ms@2.1.3 leven@4.1.0 >/dev/null
cp "$work/npm/node_modules/ms/index.js" "$work/src/ms.js"
cp "$work/npm/node_modules/leven/index.js" "$work/src/leven.mjs"
ls "$work/src"

say "2. Deploy"
ddf deploy --env local --yes

say "3. Submit the files, and put one message on the queue with plain boto3"
"$python" -m automation submit --json "$work"/src/* >"$work/batch.json"
batch=$("$python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["batch_id"])' "$work/batch.json")
eval "$("$python" -m automation local env)"
message=$("$python" tools/demo_message.py)
echo "batch $batch, message $message"

say "4. Watch the fleet work"
ddf results --batch "$batch" "$message" --watch --write "$work/tests" || echo "Some jobs failed: their explanations stand above."
ddf status
ddf engines

if [ "${KEEP:-}" = 1 ]; then
  say "Kept up. Look around: eval \"\$(python -m automation local env)\"; end it with: python -m automation destroy --yes"
else
  say "5. Destroy, and look for leftovers"
  ddf destroy --env local --yes
  ddf local down
fi
say "Done in $((SECONDS - began)) s"
