"""What is said of patches, and what is said to a person."""

from collections import Counter
from collections.abc import Sequence

from worker.domain.diagnosis import Diagnosis, FaultClass
from worker.domain.patch import Patch, PatchRejection, PatchVerdict, Trial
from worker.repair.ranking import Ranking

_IN_WORDS = {
    PatchRejection.INAPPLICABLE: "did not fit the code",
    PatchRejection.UNPARSABLE: "could not be parsed",
    PatchRejection.FORBIDDEN: "brought in what no fix needs",
    PatchRejection.TOO_LARGE: "changed far too much",
    PatchRejection.DUPLICATE: "repeated another",
    PatchRejection.STILL_FAILING: "did not make the tests pass",
    PatchRejection.BREAKS_OTHERS: "broke a test that passed",
    PatchRejection.TIMED_OUT: "did not end",
    PatchRejection.FLAKY: "did not pass every time",
    PatchRejection.WORSE_LINT: "made the linter say more",
    PatchRejection.LESS_LIKELY: "passed, but was less likely",
    PatchRejection.UNDECIDED: "passed, with nothing to decide between them",
    PatchRejection.NO_TIME: "came too late",
}
_ADVICE = {
    FaultClass.FLAKY: "Make the tests repeatable first: same clock, same order, same seed.",
    FaultClass.ENVIRONMENT: "Mend the surroundings: no change of the code can be proved to help.",
    FaultClass.NONE: "Send the test that fails, or the command's log.",
}


def verdict_of(trial: Trial, diagnosis: Diagnosis) -> PatchVerdict:
    """Judge one run of the tests on a patch."""
    before, kept = frozenset(diagnosis.failing), frozenset(diagnosis.passing)
    rejection = None
    if trial.is_timed_out:
        rejection = PatchRejection.TIMED_OUT
    elif trial.failed & kept:
        rejection = PatchRejection.BREAKS_OTHERS
    elif not trial.is_green:
        rejection = PatchRejection.STILL_FAILING
    return PatchVerdict(
        patch=trial.patch,
        rejection=rejection,
        detail=trial.detail,
        tests_fixed=len(trial.passed & before) or len(trial.passed - kept),
        tests_kept=len(trial.passed & kept),
    )


def is_nearer(trial: Trial, diagnosis: Diagnosis) -> bool:
    """Tell whether some of the failing tests pass and none that passed fails."""
    is_kept = not trial.failed & frozenset(diagnosis.passing)
    return is_kept and bool(trial.failed) and bool(trial.passed & frozenset(diagnosis.failing))


def refused(patch: Patch, why: str) -> PatchVerdict:
    """Reject by the text alone."""
    kinds = (
        ("does not parse", PatchRejection.UNPARSABLE),
        ("does not fit", PatchRejection.INAPPLICABLE),
        ("changes nothing", PatchRejection.DUPLICATE),
        ("lines, more than", PatchRejection.TOO_LARGE),
    )
    reason = next((kind for words, kind in kinds if words in why), PatchRejection.FORBIDDEN)
    return PatchVerdict(patch=patch, rejection=reason, detail=why)


def explain_unfixable(diagnosis: Diagnosis) -> str:
    """Say why no patch is looked for."""
    return f"{diagnosis.summary} {_ADVICE[diagnosis.fault]}"


def explain_offer(diagnosis: Diagnosis, verdict: PatchVerdict, ranking: Ranking, command: str) -> str:
    """Say what is offered, by which evidence, and what it does not show."""
    fixed, kept = verdict.tests_fixed, verdict.tests_kept
    text = f"{diagnosis.summary} Mended by: {verdict.patch.description}."
    if verdict.repeats and not diagnosis.names_tests:
        text += f" No test tells of it: `{command}` finds nothing wrong any more."
    elif verdict.repeats:
        text += f" {fixed} failing test{'' if fixed == 1 else 's'} pass{'es' if fixed == 1 else ''}, {kept} others still do, {verdict.repeats} times by `{command}`."
    others = len(ranking.groups) - 1
    if others > 0:
        text += f" {others} other way{'' if others == 1 else 's'} of behaving pass{'es' if others == 1 else ''} the same tests; {ranking.confidence:.0%} of the evidence stands behind this one."
    return text


def explain_nothing(diagnosis: Diagnosis, verdicts: Sequence[PatchVerdict], tried: int) -> str:
    """Say why no patch is offered."""
    if any(verdict.rejection is PatchRejection.UNDECIDED for verdict in verdicts):
        return (
            f"{diagnosis.summary} Patches that pass were found, but they behave differently and the tests are too few to decide:"
            " see the inputs on which they disagree, and send a test for one of them."
        )
    counts = Counter(verdict.rejection for verdict in verdicts if verdict.rejection)
    reasons = ", ".join(f"{count} {_IN_WORDS[reason]}" for reason, count in counts.most_common())
    text = f"{diagnosis.summary} No patch was found: {tried} small change{'' if tried == 1 else 's'} tried"
    return f"{text}; of the others {reasons}." if reasons else f"{text}."
