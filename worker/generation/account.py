"""Saying to a person what came of a job."""

from collections import Counter
from collections.abc import Sequence

from worker.domain.candidate import Candidate, MutationReport, Proof, RejectionReason, Verdict

_IN_WORDS = {
    RejectionReason.UNPARSABLE: "could not be parsed",
    RejectionReason.ASSERTS_NOTHING: "asserted nothing",
    RejectionReason.TAUTOLOGY: "stated nothing about the code",
    RejectionReason.ACCIDENTAL: "pinned an address, a time or memory",
    RejectionReason.DUPLICATE: "repeated another",
    RejectionReason.FAILED: "failed",
    RejectionReason.TIMED_OUT: "ran too long",
    RejectionReason.FLAKY: "did not pass every time",
    RejectionReason.ADDS_NOTHING: "added nothing",
    RejectionReason.NO_TIME: "could not be tried before the time was over",
}


def explain_proof(
    tests: Sequence[Candidate], mutation: MutationReport, proof: Proof, rejected: Sequence[Verdict]
) -> str:
    """Say what was proved, and what that does not mean."""
    parts = [f"{_count(len(tests), 'test')} proved by `{' '.join(proof.command)}`."]
    branches, lines = proof.coverage.branch_ratio, proof.coverage.line_ratio
    if lines is not None:
        parts.append(
            f"Together they run {lines:.0%} of the lines"
            + (f" and {branches:.0%} of the branches." if branches is not None else ".")
        )
    if mutation.score is not None:
        tried = "" if mutation.is_complete else " for which there was time"
        parts.append(
            f"They notice {len(mutation.killed_by)} of {mutation.total} small faults put into the code{tried}."
        )
    late = sum(verdict.rejection is RejectionReason.NO_TIME for verdict in rejected)
    if late:
        parts.append(
            f"The time was over before {late} more could be tried: a larger budget or a quieter host may keep some."
        )
    if any(candidate.oracle == "characterization" for candidate in tests):
        parts.append(
            "Expected values were observed: the tests assert current behaviour, not intended behaviour."
        )
    return " ".join(parts)


def explain_nothing_kept(proposed: int, rejected: Sequence[Verdict], proof: Proof | None) -> str:
    """Say why no test is returned."""
    if not proposed:
        return "The engine proposed no test: its answer held none that could be found, or no call of the code gave a result that a test can state."
    counts = Counter(verdict.rejection for verdict in rejected if verdict.rejection)
    reasons = ", ".join(f"{count} {_IN_WORDS[reason]}" for reason, count in counts.most_common())
    text = f"None of {_count(proposed, 'proposed test')} was kept: {reasons}."
    example = next((verdict.detail for verdict in rejected if verdict.detail), "")
    if proof is not None and not proof.is_passed:
        return f"{text} The assembled file did not pass: {_last_line(proof.detail)}"
    return f"{text} For example: {example[:300]}" if example else text


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1][:300] if lines else "no output"
