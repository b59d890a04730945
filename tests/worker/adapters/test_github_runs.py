"""Which runs of a list are a commit's failures."""

import itertools

from worker.adapters.github_runs import Run, failed_runs

HEAD, OTHER = "c" * 40, "d" * 40


def listed(number: int, *, begun: int, commit: str = HEAD, conclusion: str | None = "failure") -> dict:
    moment = f"2026-01-02T03:04:{begun:02}Z"
    return {
        "id": number,
        "head_sha": commit,
        "conclusion": conclusion,
        "created_at": moment,
        "workflow_id": number % 2,
        "event": "push",
        "name": f"workflow {number % 2}",
        "path": "p",
    }


RUNS = (
    listed(1, begun=1),
    listed(2, begun=2),
    listed(3, begun=3),
    listed(5, begun=5, conclusion=None),
    listed(7, begun=7, commit=OTHER, conclusion="success"),
)


def test_the_order_of_the_list_does_not_matter():
    for runs in itertools.permutations(RUNS):
        assert failed_runs(runs, HEAD) == [
            Run(number=3, workflow="workflow 1"),
            Run(number=2, workflow="workflow 0"),
        ]


def test_runs_of_other_commits_are_none_of_its_own_whatever_a_server_lists():
    assert failed_runs([listed(1, begun=1, commit=OTHER)], HEAD) == []


def test_of_runs_that_began_in_the_same_second_the_higher_number_is_newer():
    runs = [listed(1, begun=1), listed(3, begun=1, conclusion="success")]
    assert failed_runs(runs, HEAD) == failed_runs(runs[::-1], HEAD) == []
