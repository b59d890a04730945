"""Which engine for which job: pure. What was proved decides, nothing is trained.

Jobs fall into classes (language and size). For each class and arm (an engine with its model) the fleet counts jobs tried and jobs
of which something was kept. An order of arms is drawn by Thompson sampling: a success rate is drawn from each arm's Beta
distribution and divided by the time that a job takes it, so that what succeeds soonest comes first, and what is little known is
tried now and then. Source: D. Russo et al., A Tutorial on Thompson Sampling, Foundations and Trends in Machine Learning 11, 2018.
"""

from collections.abc import Mapping, Sequence
from random import Random

from worker.domain.exchange import Tally

CACHE_ARM = "cache"
"""Counted like an arm: how often the memory of the fleet had the answer already."""
PRIOR_KEPT, PRIOR_LOST = 1.0, 1.0
"""An arm that nobody tried may be anything: the flat prior."""
PRIOR_SECONDS = 10.0
"""What a job is taken to last with an arm that nobody tried; it counts as one job."""
SMALL_LINES, MEDIUM_LINES = 60, 300
"""A function or two; a module that one reads at one sitting; more."""


def job_class(language: str, source: str) -> str:
    """Name the class of a job, such as python/small."""
    lines = source.count("\n") + 1
    size = "small" if lines <= SMALL_LINES else "medium" if lines <= MEDIUM_LINES else "large"
    return f"{language[:40]}/{size}"


def arm_name(engine: str, model: str) -> str:
    """Name an engine with its model, such as ollama/deepseek-coder:1.3b."""
    return f"{engine}/{model}"


def drawn_order(arms: Sequence[str], tallies: Sequence[Tally], random: Random) -> list[str]:
    """Order the arms by a draw of their successes per second, the best first."""
    known = {tally.arm: tally for tally in tallies}
    worth = {arm: _drawn(known.get(arm), random) for arm in arms}
    return sorted(arms, key=lambda arm: -worth[arm])


def success_rates(tallies: Sequence[Tally]) -> Mapping[str, float]:
    """Return the mean of each arm's distribution: what is expected of it."""
    return {
        tally.arm: (tally.kept + PRIOR_KEPT) / (tally.tried + PRIOR_KEPT + PRIOR_LOST) for tally in tallies
    }


def _drawn(tally: Tally | None, random: Random) -> float:
    tried, kept, seconds = (tally.tried, tally.kept, tally.seconds) if tally else (0, 0, 0.0)
    rate = random.betavariate(kept + PRIOR_KEPT, max(tried - kept, 0) + PRIOR_LOST)
    return rate / ((seconds + PRIOR_SECONDS) / (tried + 1))
