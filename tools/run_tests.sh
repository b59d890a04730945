#!/usr/bin/env bash
# All tests, as three runs side by side that take about as long as each other: two that mostly wait, one that mostly computes. The crowd of
# a thousand jobs comes first, beside one of those that wait: crowded itself, it would send heartbeats for minutes instead of working.
# run_tests.sh PYTHON ; the logs of those in the background come last, and each run counts for the exit code.
set -uo pipefail
python=$1
logs=.ddf/tests
crowd=tests/worker/faults/test_crowd.py
faults=(tests/worker/faults tests/worker/processes)
whole=(tests/local tests/automation/localaws/provider)
mkdir -p "$logs"

declare -A runs
begin() { # NAME TESTS...
  local name=$1
  shift
  pytest "$@" --durations=10 >"$logs/$name.log" 2>&1 &
  runs[$name]=$!
}
pytest() { # A shell starts what runs in the background deaf to Ctrl-C, which tests send.
  exec env --default-signal=INT "$python" -m pytest "$@"
}
trap 'kill "${runs[@]}" 2>/dev/null; exit 130' INT TERM

begin whole "${whole[@]}"
(pytest "$crowd")
crowded=$?
begin faults "${faults[@]}" "--ignore=$crowd"
(pytest "${faults[@]/#/--ignore=}" "${whole[@]/#/--ignore=}" --durations=25)
failed=$((crowded | $?))
for name in "${!runs[@]}"; do
  wait "${runs[$name]}" || failed=1
  cat "$logs/$name.log"
done
exit $failed
