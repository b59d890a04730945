#!/usr/bin/env bash
# Lint, types, contracts, and all tests, as parts of which three run at a time: some mostly wait, others mostly compute, and no core is idle.
# Where the Pulumi CLI has to be built, which takes minutes, what needs none goes beside it; then the longest part comes first.
# The crowd of a thousand jobs comes early, beside few: crowded itself, it would send heartbeats for minutes instead of working.
# run_tests.sh PYTHON [OPTION OF PYTEST]... ; each line says its part, .ddf/tests/PART.log has it alone, and each part counts for the exit code.
set -uo pipefail
python=$1
options=("${@:2}")
logs=.ddf/tests
together=3
crowd=tests/worker/faults/test_crowd.py
provider=tests/automation/localaws/provider
languages=tests/worker/languages
faults=(tests/worker/faults tests/worker/processes)
rm -rf "$logs"
mkdir -p "$logs"
failed=0

begin() { # PART TESTS...
  local part=$1
  shift
  run "$@" 2>&1 | tee "$logs/$part.log" | sed -u "s/^/$part: /" &
}
run() { # A shell starts what runs in the background deaf to Ctrl-C, which tests send.
  exec env --default-signal=INT "$python" -m pytest --durations=15 ${options[@]+"${options[@]}"} "$@"
}
in_turn() { # PART TESTS...: as soon as fewer than so many run
  while [ "$(jobs -rp | wc -l)" -ge "$together" ]; do wait -n || failed=1; done
  begin "$@"
}
trap 'kill $(jobs -p) 2>/dev/null; exit 130' INT TERM

"$python" -m automation.toolchain --print-bin-dir >/dev/null &
cli=$!
if ! make --no-print-directory -j 2 checked; then
  kill "$cli" 2>/dev/null
  exit 1
fi
begin crowd "$crowd"
crowded=$!
wait "$crowded" || failed=1
in_turn faults "${faults[@]}" "--ignore=$crowd"
in_turn languages "$languages"
if ! wait "$cli"; then
  echo "There is no Pulumi CLI: what is above says why. The tests that need one were not run."
  kill $(jobs -p) 2>/dev/null
  exit 1
fi
in_turn whole tests/local
in_turn rest tests --ignore=tests/local --ignore=tests/automation --ignore=tests/worker
in_turn embedded tests/automation/localaws "--ignore=$provider"
in_turn worker tests/worker "${faults[@]/#/--ignore=}" "--ignore=$languages"
in_turn automation tests/automation --ignore=tests/automation/localaws
in_turn engine "$provider"
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
# Last, so that who sees only the end of a long output sees what failed: each part's last line, and what went wrong in it.
# A part that does not end by saying how many passed was killed or never began.
for log in "$logs"/*.log; do
  part=$(basename "$log" .log)
  grep -E '^(FAILED|ERROR) ' "$log" | sed "s/^/$part: /"
  last=$(tail -n 1 "$log")
  echo "$part: $last"
  [[ "$last" == *" passed"* ]] || failed=1
done
exit $failed
