"""One stack, its kind changed while it works: no queued job and no result is lost on the way to Lambda and back."""

from pathlib import Path

import pytest

from tests.local.conftest import LocalProduct

pytestmark = [pytest.mark.slow, pytest.mark.acceptance, pytest.mark.timeout(900)]

JOBS = 6
"""More than the fleet of the local stack does at once, so that some wait while its kind changes."""


def sources(folder: Path, name: str) -> Path:
    made = folder / name
    made.mkdir()
    for number in range(JOBS):
        text = f"def clamp_{name}(value, low, high):\n    return max(low, min(value, high)) + {number}\n"
        (made / f"clamp_{number}.py").write_text(text)
    return made


def submit(product: LocalProduct, folder: Path) -> str:
    batch: str = product.json("submit", str(folder), "--budget", "1")["batch_id"]
    return batch


def finished(product: LocalProduct, batch: str) -> set[str]:
    """Wait for a batch; return where its results were made."""
    jobs = product.json("results", "--batch", batch, "--watch")["jobs"]
    assert [job["status"] for job in jobs] == ["succeeded"] * JOBS
    assert all(job["result"]["tests"] for job in jobs)
    return {job["result"]["worker_id"] for job in jobs}


@pytest.mark.nightly
def test_the_kind_of_a_stack_changes_to_lambda_and_back_while_its_queues_are_full(
    product: LocalProduct, tmp_path: Path
) -> None:
    product.json("deploy", "--yes")
    first = submit(product, sources(tmp_path, "first"))
    deployed = product.json("deploy", "--yes", "--type", "lambda")
    assert all(check["is_ok"] for check in deployed["health"]), deployed["health"]
    finished(product, first)

    status = product.json("status")
    assert (status["is_on_demand"], status["desired"], status["runs_deployed_revision"]) == (True, 2, True)
    assert product.json("stop")["desired"] == 0
    second = submit(product, sources(tmp_path, "second"))
    back = product.json("deploy", "--yes", "--type", "ecs-fargate")
    assert all(check["is_ok"] for check in back["health"]), back["health"]
    assert not product.json("status")["is_on_demand"]
    finished(product, second)
    finished(product, first)
    (dead,) = [queue for queue in product.json("status")["queues"] if queue["name"] == "dead-letter"]
    assert (dead["visible"], dead["in_flight"]) == (0, 0)

    done = product.json("destroy", "--yes")
    assert (done["leftovers"], done["unscanned"]) == ([], [])
    assert product.client("lambda").list_functions()["Functions"] == []
