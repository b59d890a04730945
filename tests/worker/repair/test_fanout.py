"""A fix job whose search is split over the fleet: on fakes, with one slot between all workers, and with death at every write."""

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.fakes.clock import FakeClock
from tests.fakes.ledger import JobRecord
from tests.fakes.pipeline import FakePipeline
from tests.worker.repair.test_pipeline import InOrder, Model
from tests.worker.repair.town import PATIENCE_SECONDS, Fate, LinedRepair, Town, job
from worker.domain.attempt import EndReason, MessageFate
from worker.domain.fanout import Share, Way
from worker.domain.job import MAXIMUM_MESSAGE_BYTES, JobStatus, result_key
from worker.domain.origin import Origin
from worker.domain.outcome import PipelineOutcome
from worker.repair.fanout import LOOK_SECONDS
from worker.repair.harvest import harvest_of
from worker.repair.plan import Plan, keep_plan, kept_plan, plan_key
from worker.runtime.family import is_worth_waking

FOUR = ["fix-1-c1", "fix-1-c2", "fix-1-c3", "fix-1-c4"]


async def fixed(language: LinedRepair, **changes: object) -> Town:
    town = Town(language=language)
    town.hand_in(job(**changes))
    await town.work_off()
    return town


async def test_what_one_worker_finds_at_once_has_no_children() -> None:
    town = await fixed(LinedRepair(by_line={1: "good-a"}))
    assert town.result()["repair"]["patched"] == "good-a"
    assert town.known == {"fix-1"}
    assert plan_key("fix-1") not in town.artifacts.files


async def test_a_search_that_tried_everything_is_not_split() -> None:
    town = await fixed(LinedRepair(reach=8))
    assert (town.status(), town.known) == (JobStatus.FAILED, {"fix-1"})


async def test_a_search_that_could_try_nothing_in_its_time_is_not_split() -> None:
    town = await fixed(LinedRepair(reach=0))
    assert (town.status(), town.known) == (JobStatus.FAILED, {"fix-1"})


async def test_one_that_ran_out_of_time_is_split_and_what_a_child_finds_is_the_fix() -> None:
    town = await fixed(LinedRepair(by_line={7: "good-a"}))
    result = town.result()
    assert (result["status"], result["repair"]["patched"]) == ("succeeded", "good-a")
    assert result["repair"]["children"] == FOUR
    assert town.known == {"fix-1", *FOUR}
    assert town.language.searched[0] == tuple(range(1, 9))


async def test_the_lines_are_dealt_out_so_that_each_child_has_suspicious_ones() -> None:
    town = await fixed(LinedRepair())
    assert town.language.searched[1:5] == [(1, 5), (2, 6), (3, 7), (4, 8)]


async def test_one_slot_is_enough_for_a_parent_and_its_children() -> None:
    """The parent ends its attempt before the first child begins, else the only slot would wait for itself."""
    town = await fixed(LinedRepair(by_line={8: "good-a"}))
    assert town.delivered[:2] == ["fix-1", "fix-1-c1"]
    assert town.dispositions[0][1].fate is MessageFate.POSTPONE
    assert town.status() is JobStatus.SUCCEEDED


async def test_a_parent_is_woken_by_the_child_that_found_something_not_by_the_clock() -> None:
    town = await fixed(LinedRepair(by_line={1: "bad", 5: "bad", 2: "good-a"}, reach=1))
    assert town.delivered[:4] == ["fix-1", "fix-1-c1", "fix-1-c2", "fix-1"]
    assert town.ended_at["fix-1"] < LOOK_SECONDS


async def test_a_parent_is_woken_by_its_last_child_too() -> None:
    town = await fixed(LinedRepair(reach=1))
    assert town.delivered[:6] == ["fix-1", *FOUR, "fix-1"]
    assert town.ended_at["fix-1"] < LOOK_SECONDS


async def test_the_rest_is_called_off_once_the_first_patch_is_proved() -> None:
    town = Town(language=LinedRepair(by_line={5: "good-a"}))
    town.hand_in(job())
    await town.work_off(loses=lambda name: name in FOUR[1:])
    assert town.status() is JobStatus.SUCCEEDED
    assert {town.status(name) for name in FOUR[1:]} == {JobStatus.CANCELLED}
    assert town.ended_at["fix-1"] < LOOK_SECONDS


async def test_where_tests_check_little_all_children_are_waited_for_and_weighed() -> None:
    language = LinedRepair(by_line={5: "good-a", 6: "good-b"}, checks=1)
    town = await fixed(language)
    result = town.result()
    assert [town.status(name) for name in FOUR[:2]] == [JobStatus.SUCCEEDED, JobStatus.SUCCEEDED]
    assert result["status"] == "failed"
    assert sorted(result["repair"]["rivals"]) == ["good-a", "good-b"]
    assert {verdict["rejection"] for verdict in result["repair"]["verdicts"]} == {"undecided"}


async def test_where_no_child_finds_anything_the_account_adds_up() -> None:
    town = await fixed(LinedRepair(reach=1))
    report = town.result()["repair"]
    assert (town.status(), report["tried"], report["is_exhausted"]) == (JobStatus.FAILED, 1 + 4, False)
    assert [line for line in report["transcript"] if "-c" in line] == [
        f"{name}, small changes of 2 lines: nothing_kept" for name in FOUR
    ]


@pytest.mark.parametrize(("wanted", "children"), [(0, 0), (2, 2), (8, 8)])
async def test_whoever_asks_gets_so_many_children(wanted: int, children: int) -> None:
    town = await fixed(LinedRepair(), children=wanted)
    assert len(town.known) == 1 + children


async def test_a_frozen_fleet_is_asked_for_nothing_more() -> None:
    for wanted in (None, 4):
        town = Town(language=LinedRepair(by_line={7: "good-a"}))
        town.children.frozen = True
        town.hand_in(job(children=wanted))
        await town.work_off()
        assert (town.status(), town.known) == (JobStatus.FAILED, {"fix-1"})


async def test_a_frozen_fleet_still_asks_its_models_in_the_worker_that_has_the_job() -> None:
    town = Town(language=LinedRepair(), router=InOrder(Model(answers=["good-a"])))
    town.children.frozen = True
    town.hand_in(job(children=4))
    await town.work_off()
    assert town.result()["repair"]["origin"] == "engine"


async def test_a_job_too_large_for_a_message_with_its_share_is_searched_in_one_worker() -> None:
    town = Town(language=LinedRepair())
    outcome = await town.pipeline.run(job(log="x" * MAXIMUM_MESSAGE_BYTES), budget_seconds=8)
    assert outcome.end_reason is EndReason.NOTHING_KEPT
    assert town.children.sent == []


async def test_on_request_each_model_is_asked_by_a_child_of_its_own() -> None:
    first, second = Named("cheap", answers=["bad"]), Named("strong", answers=["good-a"])
    town = Town(language=LinedRepair(), router=InOrder(first, second))
    town.hand_in(job(children=4))
    await town.work_off()
    result = town.result()
    assert result["repair"]["origin"] == "engine"
    assert sorted({turn["model"] for turn in result["turns"]}) == ["cheap", "strong"]
    asked = [[turn["model"] for turn in town.result(name)["turns"]] for name in FOUR[2:]]
    assert asked == [["cheap"], ["strong"]]
    assert town.language.searched[1:3] == [(1, 3, 5, 7), (2, 4, 6, 8)]


async def test_on_request_models_are_asked_by_children_where_nothing_is_left_to_be_searched() -> None:
    town = Town(language=LinedRepair(reach=8), router=InOrder(Named("m", answers=["good-a"])))
    town.hand_in(job(children=4))
    await town.work_off()
    assert town.known == {"fix-1", "fix-1-c1"}
    assert town.status() is JobStatus.SUCCEEDED


async def test_a_child_that_fails_each_time_costs_its_share_alone() -> None:
    town = await fixed(LinedRepair(by_line={8: "good-a"}, breaks_at=(1, 5)))
    assert town.status() is JobStatus.SUCCEEDED
    assert town.status("fix-1-c1") in {JobStatus.FAILED, JobStatus.CANCELLED}


async def test_children_that_are_never_heard_of_are_given_up_when_the_time_is_over() -> None:
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.hand_in(job())
    await town.work_off(loses=lambda name: name in FOUR)
    assert town.status() is JobStatus.FAILED
    assert {town.status(name) for name in FOUR} == {JobStatus.CANCELLED}
    assert PATIENCE_SECONDS <= town.clock.monotonic() < PATIENCE_SECONDS + 30
    assert "fix-1-c1, small changes of 2 lines: queued" in town.result()["repair"]["transcript"]


async def test_a_child_whose_parent_has_ended_searches_nothing() -> None:
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.hand_in(job())
    await town.work_off(loses=lambda name: name in FOUR)
    searched = len(town.language.searched)
    share = Share(parent="fix-1", number=5, way=Way.SMALL, lines=(7,))
    town.hand_in(job(job_id="fix-1-c5", share=share))
    await town.work_off()
    assert town.status("fix-1-c5") is JobStatus.CANCELLED
    assert len(town.language.searched) == searched


async def test_a_child_with_a_module_whose_parent_was_cancelled_searches_nothing_and_has_no_children() -> (
    None
):
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.ledger.jobs["gh-1"] = JobRecord(status=JobStatus.CANCELLED)
    town.hand_in(job(job_id="gh-1-c1", batch_id="gh-1"))
    await town.work_off()
    assert town.status("gh-1-c1") is JobStatus.CANCELLED
    assert (town.language.searched, town.known) == ([], {"gh-1", "gh-1-c1"})


@pytest.mark.parametrize("word", ["bad", "evil", "flaky"])
async def test_what_a_child_says_is_no_evidence(word: str) -> None:
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.hand_in(job())

    def lies(name: str) -> bool:
        stored = town.artifacts.files.get(result_key("fix-1-c3"))
        if stored is not None:
            town.artifacts.files[result_key("fix-1-c3")] = stored.replace(b"good-a", word.encode())
        return False

    await town.work_off(loses=lies)
    result = town.result()
    assert (result["status"], result["repair"]["diff"]) == ("failed", "")


async def test_a_patch_that_does_not_hold_here_ends_nothing_and_the_others_are_waited_for() -> None:
    town = Town(language=LinedRepair(by_line={5: "good-a", 8: "good-b"}))
    town.hand_in(job())

    def lies(name: str) -> bool:
        stored = town.artifacts.files.get(result_key("fix-1-c1"))
        if stored is not None:
            town.artifacts.files[result_key("fix-1-c1")] = stored.replace(b"good-a", b"bad")
        return False

    await town.work_off(loses=lies)
    assert town.result()["repair"]["patched"] == "good-b"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b'{"repair": {"verdicts": [{"patch": 3}]}}',
        b'{"turns": [7], "usage": {"sandbox_runs": NaN, "prompt_tokens": true}}',
    ],
)
async def test_a_result_of_a_child_that_can_t_be_read_does_no_harm(content: bytes) -> None:
    town = Town(language=LinedRepair(by_line={8: "good-a"}))
    town.artifacts.files[result_key("fix-1-c1")] = content
    town.hand_in(job())
    await town.work_off()
    assert town.result()["repair"]["patched"] == "good-a"


async def test_a_job_that_was_called_off_while_its_children_search_stays_so() -> None:
    town = Town(language=LinedRepair(by_line={8: "good-a"}))
    town.hand_in(job())

    def calls_off(name: str) -> bool:
        if name == "fix-1-c1":
            town.ledger.jobs["fix-1"].status = JobStatus.CANCELLED
        return False

    await town.work_off(loses=calls_off)
    assert town.status() is JobStatus.CANCELLED
    assert {town.status(name) for name in FOUR} == {JobStatus.CANCELLED}
    assert len(town.language.searched) == 1


async def test_two_workers_that_split_a_job_at_once_make_one_set_of_children() -> None:
    town = Town(language=LinedRepair())
    one, other = await asyncio.gather(
        town.pipeline.run(job(), budget_seconds=8), town.pipeline.run(job(), budget_seconds=8)
    )
    assert (one.end_reason, other.end_reason) == (EndReason.FANNED_OUT, EndReason.FANNED_OUT)
    assert {child.job_id for child in town.children.sent} == set(FOUR)


async def test_of_two_plans_the_first_counts() -> None:
    town = Town(language=LinedRepair())
    plans = [
        Plan(
            parent=job(),
            began_at=town.clock.now() + timedelta(seconds=number),
            shares=(Share(parent="fix-1", number=1, way=Way.SMALL, lines=(number,)),),
        )
        for number in (1, 2)
    ]
    kept = [await keep_plan(plan, town.artifacts) for plan in plans]
    assert kept == [plans[0], plans[0]]
    assert await kept_plan("fix-1", town.artifacts) == plans[0]


@pytest.mark.parametrize(
    ("results", "is_exhausted"),
    [
        ([{"repair": {"is_exhausted": True}}, {"repair": {"is_exhausted": True}}], True),
        ([{"repair": {"is_exhausted": True}}, {"repair": {"is_exhausted": False}}], False),
        ([{"repair": {"is_exhausted": True}}, None], False),
        ([{"repair": {"is_exhausted": True}}, {"repair": None}], False),
    ],
)
async def test_the_search_is_whole_where_that_of_every_child_is(
    results: list[dict[str, object] | None], is_exhausted: bool
) -> None:
    plan = Plan(parent=job(), began_at=FakeClock().now(), shares=())
    assert harvest_of(plan, results, []).is_exhausted is is_exhausted


async def test_a_parent_that_can_t_be_woken_comes_by_itself() -> None:
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.hand_in(job())

    def goes_down(name: str) -> bool:
        town.children.is_down = name == "fix-1-c3" and town.ledger.jobs[name].attempts > 0
        return False

    await town.work_off(loses=goes_down)
    assert town.status() is JobStatus.SUCCEEDED


@pytest.mark.parametrize(
    ("ends", "is_worth"),
    [
        ("a proved, b running, c running", True),
        ("a proved, b proved, c running", False),
        ("a failed, b running, c running", False),
        ("a failed, b failed, c running", False),
        ("a failed, b cancelled, c failed", True),
        ("a proved, b proved, c failed", True),
        ("a failed, b failed", False),
    ],
)
def test_a_parent_is_woken_by_the_first_proof_and_by_the_last_end(ends: str, is_worth: bool) -> None:
    words = {"proved": JobStatus.SUCCEEDED, "failed": JobStatus.FAILED}
    pairs = (one.split() for one in ends.split(", "))
    standing = {name: words.get(word) or JobStatus(word) for name, word in pairs}
    assert is_worth_waking(standing, "a", 3) is is_worth


async def test_whole_repositories_are_left_to_who_serves_them() -> None:
    published = PipelineOutcome(end_reason=EndReason.PROVED, explanation="published")
    repositories = FakePipeline(ends=[published])
    town = Town(language=LinedRepair(), repositories=repositories)
    origin = Origin(repository="a/b", clone_url="https://example.com/a/b", sha="1" * 40)
    outcome = await town.pipeline.run(job(code="", origin=origin), budget_seconds=3)
    assert (outcome, repositories.started, repositories.budgets) == (published, ["fix-1"], [3])


class Named(Model):
    """A model with a name of its own."""

    def __init__(self, model: str, *, answers: list[str]) -> None:
        super().__init__(answers=answers)
        self._model = model

    @property
    def identity(self):
        return replace(super().identity, model=self._model)


def writes_of_a_whole_life() -> int:
    town = Town(language=LinedRepair(by_line={7: "good-a"}))
    town.hand_in(job())
    asyncio.run(town.work_off())
    return town.fate.taken


@pytest.mark.parametrize("when", ["dies_before", "dies_after"])
def test_wherever_a_worker_dies_the_job_ends_in_the_same_single_result(when: str) -> None:
    writes = writes_of_a_whole_life()
    assert writes > 20
    for number in range(1, writes + 1):
        town = Town(language=LinedRepair(by_line={7: "good-a"}), fate=Fate(**{when: number}))
        town.hand_in(job())
        asyncio.run(town.work_off())
        result = town.result()
        assert town.deaths == 1, number
        assert (result["status"], result["repair"]["patched"]) == ("succeeded", "good-a"), number
        assert town.known == {"fix-1", *FOUR}, number
        assert {town.ledger.jobs[name].status for name in town.known} <= {
            JobStatus.SUCCEEDED,
            JobStatus.FAILED,
            JobStatus.CANCELLED,
        }, number
        stored = {key for key in town.artifacts.files if key.startswith("test-results/")}
        names = {json.loads(town.artifacts.files[key]).get("job_id") for key in stored - {plan_key("fix-1")}}
        assert names <= town.known, number
