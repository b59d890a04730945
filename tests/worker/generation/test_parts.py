"""Selection, pacing and prompts."""

import pytest

from tests.fakes.clock import FakeClock
from worker.domain.candidate import Candidate, MutationReport, RejectionReason, TestOutcome
from worker.domain.exchange import Subject, Survey
from worker.generation.pacing import Pacing
from worker.generation.prompting import Prompts
from worker.generation.select import select


def chosen(outcomes: dict[str, TestOutcome], mutation: MutationReport, **codes: str) -> list[str]:
    candidates = [Candidate(name=name, code=codes.get(name, "code")) for name in outcomes]
    accepted, dropped = select(candidates, outcomes, mutation)
    assert {verdict.rejection for verdict in dropped} <= {RejectionReason.ADDS_NOTHING}
    assert len(accepted) + len(dropped) == len(candidates)
    return [verdict.candidate.name for verdict in accepted]


def outcome(name: str, *lines: int) -> TestOutcome:
    return TestOutcome(name=name, is_passed=True, lines=frozenset(lines))


def test_the_smallest_set_that_does_everything_is_kept() -> None:
    outcomes = {"a": outcome("a", 1), "b": outcome("b", 2), "both": outcome("both", 1, 2, 3)}
    assert chosen(outcomes, MutationReport()) == ["both"]


def test_a_test_that_alone_notices_a_fault_is_kept() -> None:
    outcomes = {"a": outcome("a", 1, 2), "b": outcome("b", 1)}
    assert chosen(outcomes, MutationReport(total=1, killed_by={"m": ("b",)})) == ["b", "a"]


def test_of_equals_the_shorter_is_kept() -> None:
    outcomes = {"a": outcome("a", 1), "b": outcome("b", 1)}
    assert chosen(outcomes, MutationReport(), a="long code", b="code") == ["b"]


def test_one_test_is_kept_even_where_nothing_can_be_measured() -> None:
    assert chosen({"a": outcome("a"), "b": outcome("b")}, MutationReport()) == ["b"]


async def test_what_the_cheap_steps_leave_goes_to_the_mutants() -> None:
    clock = FakeClock()
    pacing = Pacing(budget_seconds=10, seed=7, clock=clock)
    assert pacing.engine().seconds == pytest.approx(3.5)
    await clock.advance(4)
    assert pacing.mutants().seconds == pytest.approx(5.2)
    await clock.advance(6)
    assert pacing.mutants().seconds == pytest.approx(1.5)
    await clock.advance(60)
    assert pacing.mutants().seconds == pytest.approx(1)


def test_repeats_differ_in_their_seed_alone() -> None:
    pacing = Pacing(budget_seconds=10, seed=7, clock=FakeClock())
    assert [pacing.first_run().seed, pacing.repeat(1).seed, pacing.repeat(2).seed] == [7, 8, 9]


@pytest.mark.parametrize("language", ["python", "javascript"])
def test_a_prompt_holds_the_code_verbatim_and_leaves_no_placeholder(language: str) -> None:
    code = "price = '$5 ${x} $module'"
    prompt = Prompts().for_tests(
        language,
        Subject(source=code, module_name="shop", path="shop.py"),
        Survey(targets=("buy", "sell"), executable_lines=frozenset()),
    )
    assert code in prompt
    assert "buy, sell" in prompt
    assert prompt.replace(code, "").count("$") == 0
