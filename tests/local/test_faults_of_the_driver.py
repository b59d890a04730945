"""What goes wrong around a deployment: each a clear message, an exit code, and a state that the next command can use."""

import os
import shutil
import signal
import time
from contextlib import suppress

import psutil
import pytest

from tests.local.conftest import LocalProduct

pytestmark = [pytest.mark.slow, pytest.mark.acceptance, pytest.mark.timeout(900)]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--type", "toaster"], ["toaster", "ecs-fargate"]),
        (["--instances", "-3"], ["-3", "instances"]),
        (["--instances", "many"], ["many"]),
        (["--region", "mars-north-1"], ["mars-north-1"]),
        (["--auto-stop", "-1"], ["auto_stop"]),
        (["--env", "mars"], ["Pulumi.mars.yaml"]),
        (["--colour", "red"], ["--colour"]),
    ],
)
def test_a_wrong_option_is_refused_before_anything_happens(
    product: LocalProduct, options: list[str], words: list[str]
) -> None:
    told = product.run("deploy", "--yes", *options, expect=2).stderr
    for word in words:
        assert word in told
    assert "Next:" in told


def test_three_mistakes_in_a_stack_file_are_told_together(product: LocalProduct) -> None:
    path = product.root / "Pulumi.local.yaml"
    before = path.read_text()
    path.write_text(
        before.replace('instances: "2"', 'instances: "-2"').replace('cpu: "256"', 'cpu: "300"') + "\n"
    )
    path.write_text(path.read_text().replace("us-east-1", "us-moon-1"))
    try:
        told = product.run("deploy", "--yes", expect=2).stderr
    finally:
        path.write_text(before)
    for word in ("instances", "cpu", "us-moon-1"):
        assert word in told


def test_commands_without_a_cloud_or_a_stack_say_what_to_do(product: LocalProduct) -> None:
    product.run("local", "down")
    assert "deploy" in product.run("status", expect=1).stderr
    product.run("local", "up")
    assert "deploy" in product.run("status", expect=6).stderr
    assert "deploy" in product.run("submit", "-", "--language", "python", stdin="x = 1", expect=6).stderr


def test_an_interrupted_deploy_is_finished_by_the_next(product: LocalProduct) -> None:
    with product.start("deploy", "--yes") as running:
        wait_for_work(product)
        os.killpg(running.pid, signal.SIGINT)
        told, _ = running.communicate(timeout=120)
    assert running.returncode == 8, told
    assert "Error: interrupted" in told
    assert product.json("deploy", "--yes")["counts"].get("create", 0) > 0


def test_two_deploys_at_once_leave_one_that_works(product: LocalProduct) -> None:
    forget_all(product)
    with product.start("deploy", "--yes") as first:
        wait_for_work(product)
        os.killpg(
            first.pid, signal.SIGSTOP
        )  # on a busy machine it might have done all before the other looks
        try:
            second = product.run("deploy", "--yes", expect=4)
        finally:
            os.killpg(first.pid, signal.SIGCONT)
        told, _ = first.communicate(timeout=180)
    assert "locked" in second.stderr
    assert "process" in second.stderr
    assert first.returncode == 0, told


@pytest.mark.nightly
def test_a_killed_deploy_is_recovered_by_the_next(product: LocalProduct) -> None:
    forget_all(product)
    with product.start("deploy", "--yes") as running:
        wait_for_work(product)
        kill_tree(running.pid)
        running.communicate(timeout=30)
    done = product.json("deploy", "--yes", expect=None)
    if "error" in done:  # killed between making and recording a resource: the way out is told, and works
        assert done["error"] == "unrecorded"
        assert "local down" in done["next_step"]
        product.run("local", "down")
        done = product.json("deploy", "--yes")
    assert all(check["is_ok"] for check in done["health"])


@pytest.mark.nightly
def test_a_cloud_that_came_back_empty_is_noticed_and_healed(product: LocalProduct) -> None:
    product.json("deploy", "--yes")
    os.kill(product.json("local", "status")["pid"], signal.SIGKILL)
    product.run("local", "up")
    done = product.run("status")
    assert "came back empty" in done.stdout
    assert product.json("status")["desired"] == 2


def forget_all(product: LocalProduct) -> None:
    """Begin anew, sooner than by destroying one resource after the other."""
    product.run("local", "down")
    shutil.rmtree(product.root / ".ddf" / "local")


def wait_for_work(product: LocalProduct) -> None:
    """Wait until the engine holds the stack and has made the first thing."""
    state = product.root / ".ddf" / "local" / "pulumi-state" / ".pulumi"
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        is_held = any((state / "locks").rglob("*.json"))
        if is_held and any(b'"aws:' in path.read_bytes() for path in (state / "stacks").rglob("local.json")):
            return
        time.sleep(0.01)
    pytest.fail("the deployment made nothing")


def kill_tree(pid: int) -> None:
    """Kill a driver and its engine at once, but not the embedded AWS, which is no child of it any more."""
    parent = psutil.Process(pid)
    for process in [parent, *parent.children(recursive=True)]:
        with suppress(psutil.Error):  # it may be over already
            if "automation.localaws" not in " ".join(process.cmdline()):
                process.kill()
