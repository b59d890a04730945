"""Dividing a job's time.

| step                 | at most                                                          |
|----------------------|------------------------------------------------------------------|
| engine               | 35 % of the budget; a language model has 30 s at least, for all it is asked together |
| first run            | 25 %, or half of what is left where that is more                 |
| repeat of all        | 25 %, likewise                                                   |
| mutants              | what is left but for the reserve; 15 % at least                  |
| repeats of the chosen| what is left until the last moment but for the proof's part      |
| proof                | until the last moment: 2.5 budgets, but the budget and 6 s at least |

Most steps need far less than their bound; what they leave goes to the mutants. A host that is busy with other things gives a job a
part of its processors only: the budget is then stretched, up to double, by what the first run in the sandbox showed. What an engine
takes beyond its part (a model that has to be loaded) is taken from nobody.
"""

from worker.domain.exchange import Budget
from worker.ports import Clock

_ENGINE, _RUN, _MUTANTS_AT_LEAST, _RESERVE = 0.35, 0.25, 0.15, 0.08
_SHARE_OF_WHAT_IS_LEFT = 0.5
_SHORTEST_SECONDS = 1.0
_LAST_MOMENT, _LAST_MOMENT_SECONDS = 2.5, 6.0
_PROOF_SECONDS_AT_LEAST = 5.0
_ANSWER_SECONDS = 30.0
"""A small model on two processors writes a handful of tests in this time; less gives none."""
_ANOTHER_ANSWER_SECONDS = 6.0
"""What has to be left of it to ask once more."""
_QUIET, _LONGEST_STRETCH = 1.6, 2.0
"""Wall time for each second of processor time on a quiet host, which starts processes and reads files as well; how far to stretch."""
_SHORTEST_SAMPLE_SECONDS = 0.02


class Pacing:
    """The time of one job, from now on."""

    def __init__(self, *, budget_seconds: float, seed: int, clock: Clock) -> None:
        self._budget = budget_seconds
        self._last_moment = max(_LAST_MOMENT * budget_seconds, budget_seconds + _LAST_MOMENT_SECONDS)
        self._seed = seed
        self._clock = clock
        self._started = clock.monotonic()
        self._engine_seconds = 0.0
        self._forgiven_seconds = 0.0

    def stretch(self, *, seconds: float, cpu_seconds: float) -> None:
        """Learn from a run of known work how fast the host is for us."""
        if cpu_seconds >= _SHORTEST_SAMPLE_SECONDS:
            self._budget *= min(max(seconds / cpu_seconds / _QUIET, 1.0), _LONGEST_STRETCH)

    def engine(self, *, is_model: bool = False) -> Budget:
        """Bound what the engine is asked next; the answers differ by what is asked."""
        return self._bounded(self._left_for_engine(is_model=is_model), self._seed)

    def engine_took(self, seconds: float) -> None:
        """Forgive what it took beyond its part."""
        self._engine_seconds += seconds
        beyond = max(self._engine_seconds - self._budget * _ENGINE, 0.0)
        self._started += beyond - self._forgiven_seconds
        self._forgiven_seconds = beyond

    def has_time_to_ask_again(self) -> bool:
        """Whether a model may be asked once more."""
        return self._left_for_engine(is_model=True) >= _ANOTHER_ANSWER_SECONDS

    def _left_for_engine(self, *, is_model: bool) -> float:
        part = max(self._budget * _ENGINE, _ANSWER_SECONDS if is_model else 0.0)
        return part - self._engine_seconds

    def first_run(self) -> Budget:
        """Bound the first run of the candidates."""
        return self.repeat(0)

    def repeat(self, number: int) -> Budget:
        """Bound a repeat of all candidates, counted from 1, and give it a seed of its own."""
        share = max(self._budget * _RUN, self._left() * _SHARE_OF_WHAT_IS_LEFT)
        return self._bounded(share, self._seed + number)

    def mutants(self) -> Budget:
        """Bound the mutants by what is left."""
        left = max(self._left() - self._budget * _RESERVE, self._budget * _MUTANTS_AT_LEAST)
        return self._bounded(min(left, self._left_at_last() - _PROOF_SECONDS_AT_LEAST), self._seed)

    def late_repeat(self, number: int) -> Budget:
        """Bound a repeat of a few that are worth it: only the proof is more important."""
        left = self._left_at_last() - _PROOF_SECONDS_AT_LEAST
        return self._bounded(min(left, self._budget * _RUN), self._seed + number)

    def proof(self) -> Budget:
        """Bound the proof."""
        return Budget(seconds=max(self._left_at_last(), _PROOF_SECONDS_AT_LEAST), seed=self._seed)

    def _elapsed(self) -> float:
        return self._clock.monotonic() - self._started

    def _left(self) -> float:
        return self._budget - self._elapsed()

    def _left_at_last(self) -> float:
        return self._last_moment - self._elapsed()

    def _bounded(self, seconds: float, seed: int) -> Budget:
        return Budget(seconds=max(seconds, _SHORTEST_SECONDS), seed=seed)
