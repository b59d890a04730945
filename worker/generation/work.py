"""What is known of one job while it is worked on, and what its engines have proposed."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

from worker.domain.candidate import Candidate, TestOutcome, Verdict
from worker.domain.exchange import Subject, Survey
from worker.domain.job import Job
from worker.domain.result import Fallback, Turn
from worker.domain.usage import Usage
from worker.generation.judge import Judged, Seen
from worker.generation.metering import MeteredSandbox
from worker.ports import Engine, Language


@dataclass
class Proposals:
    """What one engine has said, over all times that it was asked."""

    texts: list[str] = field(default_factory=list)
    """Its answers."""
    candidates: list[Candidate] = field(default_factory=list)
    """The tests in them."""
    passing: list[Candidate] = field(default_factory=list)
    """Those that passed twice."""
    outcomes: dict[str, TestOutcome] = field(default_factory=dict)
    """What each of those showed."""
    rejected: list[Verdict] = field(default_factory=list)
    """The others."""

    def read(self, text: str, language: Language, subject: Subject) -> list[Candidate]:
        """Find the tests of another answer, under names that no test of an earlier answer has."""
        self.texts.append(text)
        known = {(candidate.name, candidate.code) for candidate in self.candidates}
        whole = text if len(self.texts) == 1 else "\n\n".join(_fenced(each) for each in self.texts)
        fresh = [
            candidate
            for candidate in language.candidates_in(whole, subject)
            if (candidate.name, candidate.code) not in known
        ]
        self.candidates += fresh
        return fresh

    def add(self, judged: Judged) -> None:
        """Take in what the judge found."""
        self.passing += judged.passing
        self.outcomes |= judged.outcomes
        self.rejected += judged.rejected

    def uncovered(self, subject: Subject, survey: Survey) -> list[tuple[int, str]]:
        """Lines of the subject that no passing test runs: number and text."""
        run = {line for candidate in self.passing for line in self.outcomes[candidate.name].lines}
        lines = subject.source.splitlines()
        return [
            (number, lines[number - 1])
            for number in sorted(survey.executable_lines - run)
            if number <= len(lines)
        ]


@dataclass
class Work:
    """What is known of one job so far."""

    job: Job
    """The job."""
    language: Language
    """Its language."""
    sandbox: MeteredSandbox
    """Where its code runs."""
    subject: Subject
    """Its code."""
    engine: Engine | None = None
    """Whose turn it is, or was last; None where nobody had one."""
    proposals: Proposals = field(default_factory=Proposals)
    """What that engine has said."""
    seen: Seen = field(default_factory=Seen)
    """What is known of tests before they are run."""
    rejected: list[Verdict] = field(default_factory=list)
    """What was turned down, of all engines."""
    usage: Usage = field(default_factory=Usage)
    """What the engines took."""
    passes: dict[str, int] = field(default_factory=dict)
    """How many runs each candidate has passed."""
    proposed: int = 0
    """Candidates of all engines asked."""
    fallback: Fallback | None = None
    """Set where another engine did the work than those that are wanted."""
    skipped: tuple[tuple[str, str], ...] = ()
    """Units that are left alone, with the reason."""
    turns: list[Turn] = field(default_factory=list)
    """The engines asked."""

    @property
    def source_sha256(self) -> str:
        """Digest of the code under test."""
        return hashlib.sha256(self.job.code.encode("utf-8", "surrogatepass")).hexdigest()

    def turn_to(self, engine: Engine) -> None:
        """Ask another engine from now on. What the one before proposed may come again: nothing of it was kept."""
        self.engine = engine
        self.proposals = Proposals()
        self.seen = Seen(flaky=self.seen.flaky)

    def end_turn(self, end: str, *, kept: int, seconds: float) -> None:
        """Note what came of the engine's turn."""
        if self.engine is None:
            return
        identity = self.engine.identity
        self.turns.append(
            Turn(
                engine=identity.name,
                kind=identity.kind,
                model=identity.model,
                end=end,
                asked=len(self.proposals.texts),
                proposed=len(self.proposals.candidates),
                kept=kept,
                seconds=round(seconds, 3),
            )
        )


def _fenced(text: str) -> str:
    """Put an answer into a fence of its own, so that several can stand in one text."""
    fences: Sequence[str] = [line for line in text.splitlines() if line.lstrip().startswith("```")]
    if not fences:
        return f"```\n{text}\n```"
    return f"{text}\n```" if len(fences) % 2 else text
