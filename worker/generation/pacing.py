"""Dividing a job's time.

| step         | at most                                      |
|--------------|----------------------------------------------|
| engine       | 35 % of the budget                           |
| first run    | 25 %                                         |
| each repeat  | 25 %, and the seed differs                   |
| mutants      | what is left, 15 % at least                  |
| proof        | on top: what is returned is proved in full   |

Most steps need far less than their bound; what they leave goes to the mutants.
"""

from worker.domain.exchange import Budget
from worker.ports import Clock

_ENGINE, _FIRST_RUN, _REPEAT, _MUTANTS_AT_LEAST = 0.35, 0.25, 0.25, 0.15
_SHORTEST_SECONDS = 0.5
_PROOF_SECONDS = 30.0


class Pacing:
    """The time of one job, from now on."""

    def __init__(self, *, budget_seconds: float, seed: int, clock: Clock) -> None:
        self._budget = budget_seconds
        self._seed = seed
        self._clock = clock
        self._started = clock.monotonic()

    def engine(self) -> Budget:
        """Bound the engine."""
        return self._share(_ENGINE, self._seed)

    def first_run(self) -> Budget:
        """Bound the first run of the candidates."""
        return self._share(_FIRST_RUN, self._seed)

    def repeat(self, number: int) -> Budget:
        """Bound a repeat, counted from 1."""
        return self._share(_REPEAT, self._seed + number)

    def mutants(self) -> Budget:
        """Bound the mutants by what is left."""
        left = self._budget - (self._clock.monotonic() - self._started)
        return Budget(seconds=max(left, self._budget * _MUTANTS_AT_LEAST, _SHORTEST_SECONDS), seed=self._seed)

    def proof(self) -> Budget:
        """Bound the proof."""
        return Budget(seconds=_PROOF_SECONDS, seed=self._seed)

    def _share(self, share: float, seed: int) -> Budget:
        return Budget(seconds=max(self._budget * share, _SHORTEST_SECONDS), seed=seed)
