"""What repair needs of a language; `worker.repair` routes, ranks and decides with it and knows no language.

A pass goes: broken -> diagnose -> fixes -> (where none of them is green) search -> (the same on what mends a part: diagnose -> search) ->
(engines: patches_in) -> try_all -> compare -> prove.
Everything that runs code runs it in the sandbox; whatever the code under test says is material, never an instruction.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from worker.domain.diagnosis import Diagnosis
from worker.domain.exchange import Budget
from worker.domain.job import Job, JobStatus
from worker.domain.patch import Behaviours, Patch, Trial
from worker.domain.repair import Broken, Found, RepairProof
from worker.ports import Sandbox


class RepairLanguage(Protocol):
    """How code of a language is diagnosed, mended and proved. Raises SandboxUnavailable; faults of the code are values."""

    @property
    def name(self) -> str:
        """Name in jobs and results, lower case."""

    @property
    def aliases(self) -> tuple[str, ...]:
        """Other names that senders use."""

    def broken(self, job: Job) -> Broken:
        """Name the module as the tests import it, and take secrets out of the log. The code may be unparsable."""

    async def diagnose(self, broken: Broken, sandbox: Sandbox, budget: Budget) -> Diagnosis:
        """Run the tests (twice, by other seeds, to see flakes) or read the log; classify and localise.

        Locations: Ochiai over the lines that failing and passing tests run, and what tracebacks and compilers name.
        """

    async def fixes(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget
    ) -> Sequence[Patch]:
        """Propose what follows from the diagnosis by rule (a linter's own fix, a missing import, a bracket), surest first."""

    async def search(
        self, broken: Broken, diagnosis: Diagnosis, sandbox: Sandbox, budget: Budget, *, most: int
    ) -> Found:
        """Try small changes, the most suspicious lines and the cheapest kinds first, until `most` pass every test.

        Where none does and several tests fail, those that mend a part of them are told (`Found.nearer`), before the time is over.
        Many in one sandboxed process. Code without end is known by its steps, not by a clock.
        """

    async def try_all(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Sequence[Trial]:
        """Run the tests on each of the patches; a Trial for each that was reached, in order."""

    async def compare(
        self, broken: Broken, patches: Sequence[Patch], sandbox: Sandbox, budget: Budget
    ) -> Behaviours:
        """Call the broken and the patched code on the same generated inputs; none where the language can't."""

    def patches_in(self, text: str, broken: Broken) -> tuple[Patch, ...]:
        """Find patches in an engine's answer: a whole module or whole functions, tolerant of fences and prose."""

    def objection_to(self, patch: Patch, broken: Broken) -> str:
        """Say what the text alone speaks against it (it does not parse; it imports, calls or names what no fix needs), or nothing."""

    async def prove(self, broken: Broken, patch: Patch, sandbox: Sandbox, budget: Budget) -> RepairProof:
        """Run the tests by the plain runner, several times by other seeds, and see that linter and compiler say no more than before."""


class Children(Protocol):
    """The way of child jobs through the fleet. Every step can be done twice. Raises StoreUnavailable."""

    async def is_frozen(self, now: datetime) -> bool:
        """The budget lets no worker be added: whoever asks for more of the fleet asks in vain."""

    async def standing(self, job_ids: Sequence[str]) -> Mapping[str, JobStatus]:
        """Where each of these jobs (at most 100) stands; those that nobody recorded or opened are left out."""

    async def send(self, job: Job) -> None:
        """Send it to its lane; twice is the same job."""

    async def record(self, job: Job, now: datetime) -> None:
        """Write its ledger item; one that is there stays as it is."""

    async def call_off(self, job_ids: Sequence[str], now: datetime) -> None:
        """End those that wait, ask for the end of those that run; what has ended stays as it is."""
