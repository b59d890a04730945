"""What the compiler has to say of a fix job: whether anything is wrong, and whether a patch mends it without harm to other files."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from worker.domain.diagnosis import Diagnosis, FaultClass, Finding
from worker.domain.exchange import Subject
from worker.domain.job import Job
from worker.domain.repair import Broken, RepairProof
from worker.languages.javascript_repair_suite import tests_in

COMMAND = ("tsc", "--noEmit")
_CLEAN = "The compiler has nothing to say: there is nothing to fix."


def in_its_place(subject: Subject, job: Job) -> Subject:
    """Put a subject that no test imports where the sender has it: other files import it from there."""
    place = PurePosixPath((job.path or "").replace("\\", "/"))
    if not job.tests or tests_in(job.tests) or place.is_absolute() or ".." in place.parts or not place.name:
        return subject
    return replace(subject, path=str(place))


def of_silence(ran: Diagnosis, broken: Broken) -> Diagnosis:
    """Diagnose what compiles: where there are no tests, and the log has no word of the file, nothing is wrong with it."""
    name = PurePosixPath(broken.subject.path).name
    is_told = any(PurePosixPath(finding.path).name == name for finding in ran.findings)
    if tests_in(broken.tests) or is_told:
        return ran
    return Diagnosis(fault=FaultClass.NONE, summary=_CLEAN, transcript=ran.transcript)


@dataclass(frozen=True, kw_only=True)
class Compared:
    """What the compiler says before a patch and after it."""

    path: str
    """The file that is patched."""
    before: tuple[Finding, ...]
    """Of all files, before…"""
    after: tuple[Finding, ...]
    """…and after."""

    @classmethod
    def of(cls, path: str, compiled: Sequence[tuple[Finding, ...]] | None) -> "Compared":
        """Read the two versions; nothing where the compiler has no answer."""
        before, after = compiled or ((), ())
        return cls(path=path, before=before, after=after)

    @property
    def is_mended(self) -> bool:
        """The file had errors and has none."""
        return bool(self._own(self.before)) and not self._own(self.after)

    @property
    def is_unmoved(self) -> bool:
        """The file had errors, and has as many."""
        own = len(self._own(self.before))
        return 0 < own <= len(self._own(self.after))

    @property
    def worse(self) -> tuple[Finding, ...]:
        """What is new: kinds of messages of the file itself, each message of the others."""
        known = {self._mark(one) for one in self.before}
        return tuple(one for one in self.after if self._mark(one) not in known)

    def proof(self) -> RepairProof:
        """Give the last word where there are no tests: nothing may be left to say."""
        is_passed = self.is_mended and not self._worse_elsewhere
        return RepairProof(is_passed=is_passed, command=COMMAND, repeats=int(is_passed))

    @property
    def is_worse(self) -> bool:
        """Something new is said of another file, or more of this one."""
        return len(self._own(self.after)) > len(self._own(self.before)) or bool(self._worse_elsewhere)

    @property
    def left(self) -> str:
        """Say what remains or is new, for a person."""
        told = [*self._own(self.after), *self._worse_elsewhere]
        return "; ".join(
            f"{'' if one.path == self.path else f'{one.path} '}line {one.line}: {one.message}" for one in told
        )[:2000]

    @property
    def _worse_elsewhere(self) -> tuple[Finding, ...]:
        return tuple(one for one in self.worse if one.path != self.path)

    def _own(self, told: Sequence[Finding]) -> list[Finding]:
        return [one for one in told if one.path == self.path]

    def _mark(self, one: Finding) -> tuple[str, str, str]:
        return (one.path, one.code, "" if one.path == self.path else one.message)
