#!/usr/bin/env bash
# Broken code in, a proved fix and a pull request out, on this machine. demo_fix.sh PYTHON
set -euo pipefail
python=$1
work=.ddf/demo-fix

rm -rf "$work" && mkdir -p "$work"
"$python" -c 'import sys; from tests.github.description import description; sys.exit(description() is None)' ||
  { echo "GitHub's description could not be fetched by npm: there is nothing to hold the calls against." >&2; exit 1; }
exec "$python" tools/demo_fix.py "$work"
