"""What was proved decides who is asked first; what is little known is tried now and then."""

from collections import Counter
from random import Random

import pytest

from worker.domain.exchange import Tally
from worker.domain.routing import drawn_order, job_class, success_rates

ARMS = ["builtin/b:1", "ollama/small:1b", "ollama/large:7b"]


def tally(arm: str, *, tried: int, kept: int, seconds_each: float = 5.0) -> Tally:
    return Tally(arm=arm, tried=tried, kept=kept, seconds=tried * seconds_each)


def firsts(tallies: list[Tally], draws: int = 400) -> Counter[str]:
    random = Random(1)
    return Counter(drawn_order(ARMS, tallies, random)[0] for _ in range(draws))


@pytest.mark.parametrize(
    ("lines", "name"),
    [(1, "python/small"), (60, "python/small"), (61, "python/medium"), (301, "python/large")],
)
def test_a_job_s_class_is_its_language_and_size(lines, name):
    assert job_class("python", "\n".join("x" for _ in range(lines))) == name


def test_every_arm_is_in_the_order_once():
    assert sorted(drawn_order(ARMS, [], Random(3))) == sorted(ARMS)


def test_who_nobody_knows_is_as_likely_as_any_other():
    assert all(count > 80 for count in firsts([]).values())


def test_who_succeeds_more_often_comes_first_nearly_always():
    known = [
        tally(ARMS[0], tried=100, kept=95),
        tally(ARMS[1], tried=100, kept=5),
        tally(ARMS[2], tried=100, kept=20),
    ]
    assert firsts(known)[ARMS[0]] > 390


def test_of_two_that_succeed_alike_the_quicker_comes_first():
    known = [
        tally(ARMS[0], tried=100, kept=90, seconds_each=2),
        tally(ARMS[1], tried=100, kept=90, seconds_each=40),
        tally(ARMS[2], tried=100, kept=1, seconds_each=2),
    ]
    assert firsts(known)[ARMS[0]] == 400


def test_who_failed_a_few_times_still_gets_a_chance():
    known = [
        tally(ARMS[0], tried=10, kept=6),
        tally(ARMS[1], tried=3, kept=1),
        tally(ARMS[2], tried=10, kept=6),
    ]
    assert firsts(known)[ARMS[1]] > 10


def test_a_rate_is_drawn_towards_the_middle_where_little_is_known():
    rates = success_rates([tally(ARMS[0], tried=1, kept=1), tally(ARMS[1], tried=98, kept=98)])
    assert rates[ARMS[0]] == pytest.approx(2 / 3)
    assert rates[ARMS[1]] == pytest.approx(0.99)
