"""Broken code in, a proved fix and a pull request out, on this machine: demo_fix.py FOLDER.

Real: git and its bare repository, the front door over HTTP with ingress as a function behind it, the queue and stores of the embedded AWS, the worker
with its sandbox, the branch, its tests.
Not GitHub itself: a mock that refuses every call which GitHub's published description does not allow.
"""

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.worker.repository.stage import SHOP, Stage, a_cloud, run_tests  # noqa: E402 - the checkout is no package

DELIVERY = "72d3162e-cc78-11e3-81ab-4c9367dc0958"
SECONDS = 240.0


def main(folder: Path) -> int:
    """Run it; 1 where anything is missing."""
    began = time.monotonic()
    with a_cloud(folder / "cloud") as cloud:
        stage = Stage(folder=folder, cloud=cloud)
        try:
            missing = play(stage)
        finally:
            stage.close()
    for each in missing:
        say(f"MISSING: {each}")
    say(f"Done in {time.monotonic() - began:.0f} s; all of it lies in {folder}")
    return 1 if missing else 0


def play(stage: Stage) -> list[str]:
    """Play it from the failed build to the green branch; return what is missing."""
    missing: list[str] = []
    title("1. A repository with three languages, and a commit that breaks each")
    show(git(stage, "log", "--oneline", "main"))
    show(git(stage, "diff", "--unified=0", stage.sound, stage.broken, "--", *sources()))
    place = stage.check_out("main")
    for language in stage.languages:
        is_red = run_tests(place, language).returncode != 0
        say(f"  tests of {language}: {'red' if is_red else 'green'}")
        missing += [] if is_red else [f"the fault in {language}"]

    title("2. GitHub tells of the failed build: a signed webhook, a forged one, and the signed one again")
    say(f"  POST {stage.door.address}/webhooks/github")
    payload = stage.failed_run()
    forged = stage.deliver("workflow_run", payload, delivery="forged-delivery", secret=DELIVERY)
    first = stage.deliver("workflow_run", payload, delivery=DELIVERY)
    again = stage.deliver("workflow_run", payload, delivery=DELIVERY)
    for name, answer in (("forged", forged), ("signed", first), ("replayed", again)):
        say(f"  {name}: {answer['status']} {answer.get('outcome') or answer.get('detail')}")
    missing += (
        [] if (forged["status"], again["outcome"]) == (401, "already handled") else ["the guard at the door"]
    )

    title("3. A worker takes the job, mends module by module, and publishes")
    stage.start_worker()
    result = stage.wait_for(first["job_id"], seconds=SECONDS)
    say(f"  {result['status']} after {result['seconds']:.1f} s: {result['explanation']}")
    for unit in (result["repository_report"] or {"units": []})["units"]:
        say(f"  {unit['end']:8} {unit['path']} ({unit['language']}, {unit['fault']})")
    return missing + shown(stage)


def shown(stage: Stage) -> list[str]:
    """Show what GitHub was told, and try the branch; return what is missing."""
    held = stage.held()
    missing = [f"a call that GitHub knows: {fault}" for fault in held["violations"]]
    if len(held["pulls"]) != 1:
        return [*missing, f"one pull request; there are {len(held['pulls'])}"]
    (pull,) = held["pulls"]
    branch = pull["head"]["ref"]
    title("4. The pull request, as GitHub received it")
    say(f"  #{pull['number']} {pull['title']}\n  {pull['base']['ref']} <- {branch}")
    say(textwrap.indent(pull["body"], "  | "))
    for run in held["runs"]:
        notes = held["annotations"][str(run["id"])]
        say(
            f"  check run on {run['head_sha'][:12]}: {run['name']}: {run['output']['title']} ({run['conclusion']})"
        )
        for note in notes:
            say(f"    {note['path']}:{note['start_line']}-{note['end_line']} {note['title']}")
        missing += [] if notes else ["annotations"]
    missing += [] if held["runs"] else ["a check run"]

    title("5. The branch, as it was pushed")
    show(git(stage, "log", "--format=%h %an: %s", f"main..{branch}"))
    show(git(stage, "diff", "--unified=0", "main", branch))
    subjects = git(stage, "log", "--format=%s", f"main..{branch}").splitlines()
    if len(subjects) != len(stage.languages):
        missing.append(f"one commit for each fault; there are {len(subjects)}")

    title("6. Its tests, in a clone of it")
    place = stage.check_out(branch)
    for language in stage.languages:
        done = run_tests(place, language)
        last = [line for line in done.stdout.splitlines() if "pass" in line]  # pytest's and node's last words
        say(
            f"  tests of {language}: {'green' if done.returncode == 0 else 'RED'} {' '.join(last[-1:]).strip()}"
        )
        if done.returncode:
            say(textwrap.indent((done.stdout + done.stderr)[-2000:], "  | "))
            missing.append(f"green tests of {language}")
    return missing


def sources() -> list[str]:
    """Return the files that hold faults."""
    return ["shop/cart.py", "web/price.js", "app/receipt.ts"]


def git(stage: Stage, *arguments: str) -> str:
    """Ask the bare repository."""
    command = ["git", "--no-pager", "--git-dir", str(stage.remotes.path(SHOP)), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def title(text: str) -> None:
    """Begin a part."""
    is_shown = sys.stdout.isatty() and not os.environ.get("NO_COLOR")
    say(f"\n\033[1m{text}\033[0m" if is_shown else f"\n{text}")


def show(text: str) -> None:
    """Print what a tool said."""
    say(textwrap.indent(text.rstrip(), "  "))


def say(text: str) -> None:
    """Print."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
