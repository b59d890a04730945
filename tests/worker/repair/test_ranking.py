"""Which of the patches that pass is offered."""

from dataclasses import replace

import pytest

from tests.worker.repair.speaking import patch
from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.patch import Behaviours, PatchVerdict, Trial
from worker.repair.ranking import rank
from worker.repair.verdicts import explain_offer


def green(word: str, cost: float) -> Trial:
    return Trial(patch=patch(word, cost=cost), passed=frozenset({"test"}))


def behaving(*rows: tuple[str, ...], promised: tuple[tuple[int, int], ...] = ()) -> Behaviours:
    inputs = tuple(f"call({number})" for number in range(len(rows[0])))
    return Behaviours(inputs=inputs, original=("x",) * len(inputs), shown=rows, promised=promised)


def test_patches_that_behave_alike_are_one_group_and_the_cheapest_speaks_for_it() -> None:
    ranking = rank([green("b", 2.0), green("a", 1.0)], behaving(("1",), ("1",)), checks=1)
    assert [group.members for group in ranking.groups] == [(1, 0)]
    assert ranking.order == (1, 0)
    assert ranking.confidence > 0.9
    assert ranking.is_decided


def test_several_ways_to_the_same_behaviour_outweigh_one_that_is_as_cheap() -> None:
    trials = [green("odd", 1.0), green("a", 1.0), green("b", 1.1)]
    ranking = rank(trials, behaving(("1",), ("2",), ("2",)), checks=99)
    assert ranking.order[0] == 1


def test_a_much_cheaper_change_outweighs_two_odd_ones() -> None:
    trials = [green("a", 1.0), green("b", 4.0), green("c", 4.0)]
    assert rank(trials, behaving(("1",), ("2",), ("2",)), checks=2).is_decided


def test_an_example_of_the_documentation_that_only_one_keeps_decides() -> None:
    trials = [green("cheap", 1.0), green("dear", 1.5)]
    ranking = rank(trials, behaving(("1",), ("2",), promised=((1, 2), (2, 2))), checks=1)
    assert ranking.order[0] == 1
    assert ranking.is_decided


def test_a_way_of_behaving_that_has_no_end_stands_behind_one_that_answers() -> None:
    trials = [green("a", 1.0), green("b", 1.5)]
    assert rank(trials, behaving(("(endless)",), ("[]",)), checks=99).order[0] == 1


def test_inputs_that_the_code_is_not_made_for_tell_nothing() -> None:
    ranking = rank(
        [green("a", 1.0), green("b", 1.0)],
        behaving(("1", "raises TypeError x"), ("1", "raises TypeError y")),
        checks=1,
    )
    assert [group.members for group in ranking.groups] == [(0, 1)]
    assert ranking.disagreements == ()


def test_where_no_input_tells_anything_nothing_is_decided() -> None:
    nonsense = ("raises TypeError x",)
    assert not rank([green("a", 1.0), green("b", 1.0)], behaving(nonsense, nonsense), checks=1).is_decided


def test_a_lone_odd_change_is_not_offered_on_thin_evidence() -> None:
    assert not rank([green("a", 4.5)], behaving(("1",)), checks=1).is_decided
    assert rank([green("a", 1.0)], behaving(("1",)), checks=1).is_decided


def test_what_was_found_before_time_ended_the_search_is_less_sure() -> None:
    found, shown = [green("a", 2.6)], behaving(("1",))
    whole, cut = (rank(found, shown, checks=1, is_exhausted=is_exhausted) for is_exhausted in (True, False))
    assert whole.is_decided
    assert not cut.is_decided
    assert rank(found, shown, checks=20, is_exhausted=False).is_decided


def test_the_fewer_checks_the_more_confidence_is_wanted() -> None:
    trials, shown = [green("a", 1.0), green("b", 1.2)], behaving(("1",), ("2",))
    wanted = [rank(trials, shown, checks=checks).wanted for checks in (1, 2, 3, 5, 20)]
    assert wanted == sorted(wanted, reverse=True)
    assert not rank(trials, shown, checks=1).is_decided
    assert rank(trials, shown, checks=20).is_decided


def test_inputs_on_which_the_groups_differ_are_shown_in_the_order_of_the_groups() -> None:
    trials = [green("b", 2.0), green("a", 1.0)]
    ranking = rank(trials, behaving(("same", "B"), ("same", "A")), checks=1)
    assert [(one.call, one.answers) for one in ranking.disagreements] == [("call(1)", ("A", "B"))]


def test_without_any_patch_nothing_is_decided() -> None:
    assert not rank([], Behaviours(), checks=3).is_decided


def offered(**known: tuple[str, ...]) -> str:
    diagnosis = Diagnosis(fault=FaultClass.TYPE, summary="A type error.", **known)
    verdict = PatchVerdict(patch=patch("a"), rejection=None, tests_fixed=1, repeats=2)
    return explain_offer(diagnosis, verdict, rank([green("a", 1.0)], behaving(("1",)), checks=1), "check it")


def test_an_offer_that_only_a_compiler_proved_claims_no_test() -> None:
    assert "No test tells of it: `check it` finds nothing wrong any more." in offered()
    assert "failing test" not in offered()


def test_an_offer_that_tests_proved_counts_them() -> None:
    assert "1 failing test passes, 0 others still do, 2 times by `check it`." in offered(failing=("test_a",))


def of_faults(word: str, *costs: float) -> Trial:
    return Trial(patch=replace(patch(word, cost=sum(costs)), costs=costs), passed=frozenset({"test"}))


def test_the_checks_of_the_tests_are_shared_by_the_faults_that_a_patch_mends() -> None:
    one = rank([green("a", 2.0)], Behaviours(), checks=8)
    two = rank([of_faults("a", 1.0, 1.0)], Behaviours(), checks=8)
    assert one.wanted == 0.0
    assert two.wanted == rank([green("a", 2.0)], Behaviours(), checks=4).wanted


def test_a_patch_of_two_faults_is_as_sure_as_both_of_its_changes_together() -> None:
    alone = [rank([green("a", cost)], Behaviours(), checks=1).confidence for cost in (1.0, 3.0)]
    both = rank([of_faults("a", 1.0, 3.0)], Behaviours(), checks=1).confidence
    assert both == pytest.approx(alone[0] * alone[1])
