#!/usr/bin/env bash
# Makes the virtual environment: setup.sh PYTHON VENV [LOCK]. A half-made one is made anew by the next run.
# With a LOCK only its packages are installed: what fetches the Pulumi CLI needs few, and the rest can be installed beside it.
set -euo pipefail
python=$1 venv=$2 lock=${3:-}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
  echo "Python 3.11 or newer is needed, but $python is $("$python" --version 2>&1). Next: make PYTHON=python3.12 …" >&2
  exit 2
fi
if ! "$python" -c 'import venv, ensurepip' 2>/dev/null; then
  echo "$python lacks the venv module. Next: install it (Debian: apt-get install python3-venv)." >&2
  exit 2
fi
install() { # LOCK
  "$venv/bin/python" -m pip install --quiet --no-compile --disable-pip-version-check --require-hashes -r "$1"
}
[ -x "$venv/bin/python" ] || "$python" -m venv "$venv"
if [ -n "$lock" ]; then
  echo "Setting up $venv: about two minutes the first time"
  install "$lock"
  exit
fi
install_for_javascript() {
  # prettier lays out the tests of JavaScript and TypeScript, TypeScript mends what its compiler says, ESLint what it says itself; where npm is
  # missing none of it is done.
  if command -v npm >/dev/null; then
    mkdir -p "$venv/lib/ddf-node"
    cp tools/node/package.json tools/node/package-lock.json "$venv/lib/ddf-node/"
    rm -rf "$venv/lib/ddf-node/packed"
    if ! npm ci --prefix "$venv/lib/ddf-node" --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null; then
      echo "prettier, typescript and eslint could not be installed: tests of JavaScript and TypeScript will not be laid out, compile errors not mended, no lint compared"
    elif command -v node >/dev/null; then
      node --max-old-space-size=256 tools/node/pack.cjs "$venv/lib/ddf-node" || echo "eslint could not be packed: fixes of JavaScript take a little longer"
    fi
  else
    echo "No npm on PATH: tests of JavaScript and TypeScript will not be laid out by prettier, compile errors not mended, no lint compared"
  fi
}
trap 'kill $(jobs -p) 2>/dev/null || true' EXIT
install_for_javascript & # both mostly wait for the network
install requirements.lock
# What sandboxes may import is compiled here: their users may not write beside it. The rest is big, little of it is ever imported, and Python
# compiles that at its first import: the 3,000 modules of the provider's SDK alone took longer than everything else here.
seldom='/site-packages/(pulumi_aws|sympy|mpmath|networkx|moto|mypy|mypyc|types_[a-z0-9_]+|debugpy|graphql|pip|setuptools)/'
"$venv/bin/python" -m compileall -q -j 0 -x "$seldom" "$venv/lib" >/dev/null || true # what can't be compiled is for its importer to find
# JavaScript jobs need Node; where the machine has none, a wheel brings one.
if ! command -v node >/dev/null; then
  echo "No node on PATH: installing one into $venv"
  "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r tools/node/requirements.lock
fi
wait # for npm
