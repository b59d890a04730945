"""Patch: small replacements in a source that nothing has proved yet; trial and verdict: what running it showed, and what is said of it."""

import difflib
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from worker.domain.errors import PatchInapplicable

_ERROR = re.compile(r"(?:raises|throws) (\w+)")
_MISUSE = frozenset({"TypeError", "AttributeError"})
_MOST_BY_RULE, _RULE_COST = 24, 0.5
"""Of the surest patch by rule: less than of any small change."""


class PatchOrigin(StrEnum):
    """Who proposed it, from the surest to the least sure."""

    FIXER = "fixer"
    """A tool or rule that follows from the diagnosis: ruff, a missing import, a missing colon."""
    BUILTIN = "builtin"
    """The search over small changes, without a model."""
    ENGINE = "engine"
    """A language model."""


class PatchRejection(StrEnum):
    """Why a patch is not offered, from the cheapest check to the dearest."""

    INAPPLICABLE = "inapplicable"
    UNPARSABLE = "unparsable"
    FORBIDDEN = "forbidden"
    """It brings in a module, a call or a trick that no fix needs: network, processes, an escape from the tests."""
    TOO_LARGE = "too_large"
    """It rewrites far more than what is wrong."""
    DUPLICATE = "duplicate"
    STILL_FAILING = "still_failing"
    BREAKS_OTHERS = "breaks_others"
    """A test that passed before fails."""
    TIMED_OUT = "timed_out"
    FLAKY = "flaky"
    """It did not pass every time."""
    WORSE_LINT = "worse_lint"
    LESS_LIKELY = "less_likely"
    """It passes, but another that behaves otherwise is preferred; see the disagreements."""
    UNDECIDED = "undecided"
    """It passes, and so do others that behave otherwise, and nothing decides between them."""
    NO_TIME = "no_time"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One replacement. Offsets count characters of the original text, as Python slices it."""

    start: int
    """First character that is replaced."""
    end: int
    """The character behind the last one; equal to `start` where text is put in."""
    text: str
    """What stands there instead."""


@dataclass(frozen=True, kw_only=True)
class Patch:
    """A candidate."""

    edits: tuple[Edit, ...]
    """In order, without overlap."""
    origin: PatchOrigin
    """Who proposed it."""
    operator: str
    """What kind of change it is, such as `compare-swap` or `missing-import`; one word for statistics."""
    description: str
    """For a person: `line 7: < becomes <=`."""
    cost: float
    """How unlikely such a change is to be the fix, before anything is run: smaller comes first. Each language keeps its own scale near 1 to 10."""
    line: int = 0
    """Line of the first edit, 1-based; 0 where it is about none."""
    costs: tuple[float, ...] = ()
    """Of each change, where it mends several faults by a change each; they make up the whole cost."""

    @property
    def faults(self) -> int:
        """So many it mends: they share the checks of the tests."""
        return max(len(self.costs), 1)

    @property
    def parts(self) -> tuple[float, ...]:
        """What each of its changes costs."""
        return self.costs or (self.cost,)

    def applied_to(self, source: str) -> str:
        """Return the patched text; raises PatchInapplicable where an edit lies outside or over another."""
        parts: list[str] = []
        position = 0
        for edit in self.edits:
            if not position <= edit.start <= edit.end <= len(source):
                raise PatchInapplicable(f"an edit at {edit.start} to {edit.end} does not fit the source")
            parts += [source[position : edit.start], edit.text]
            position = edit.end
        return "".join([*parts, source[position:]])

    def mark(self, source: str) -> str:
        """Digest of what comes of it, so that two ways to the same text are one."""
        return hashlib.sha256(self.applied_to(source).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def between(source: str, changed: str) -> tuple[Edit, ...]:
    """Return the edits that lead from one text to another, by lines: for an engine's answer, which is a text and no edit."""
    old, new = source.splitlines(keepends=True), changed.splitlines(keepends=True)
    starts = [0]
    for line in old:
        starts.append(starts[-1] + len(line))
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return tuple(
        Edit(start=starts[first], end=starts[last], text="".join(new[begin:end]))
        for tag, first, last, begin, end in matcher.get_opcodes()
        if tag != "equal"
    )


def by_rule(source: str, texts: Iterable[tuple[str, str, str]]) -> tuple[Patch, ...]:
    """Return patches of what a rule makes of the source, each text once; they come as (text, operator, description), the surest first."""
    found: dict[str, Patch] = {}
    for text, operator, description in texts:
        if text == source or text in found or len(found) >= _MOST_BY_RULE:
            continue
        edits = between(source, text)
        found[text] = Patch(
            edits=edits,
            origin=PatchOrigin.FIXER,
            operator=operator,
            description=description,
            cost=_RULE_COST + 0.1 * len(found),
            line=source.count("\n", 0, edits[0].start) + 1,
        )
    return tuple(found.values())


def as_written(source: str, changed: str, *, cost: float) -> Patch:
    """Return the patch that makes of the source what an engine wrote."""
    edits = between(source, changed)
    line = source.count("\n", 0, edits[0].start) + 1 if edits else 0
    return Patch(
        edits=edits,
        origin=PatchOrigin.ENGINE,
        operator="engine",
        description=f"line {line}: as the engine wrote it",
        cost=cost,
        line=line,
    )


def unified_diff(source: str, changed: str, path: str) -> str:
    """Return the diff that `git apply` and `patch -p1` take."""
    lines = difflib.unified_diff(
        lines_of(source), lines_of(changed), fromfile=f"a/{path}", tofile=f"b/{path}"
    )
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )


def changed_lines(source: str, changed: str) -> int:
    """Count the lines that are taken out or put in, the larger of both in each place."""
    matcher = difflib.SequenceMatcher(None, lines_of(source), lines_of(changed), autojunk=False)
    return sum(
        max(last - first, end - begin)
        for tag, first, last, begin, end in matcher.get_opcodes()
        if tag != "equal"
    )


def lines_of(text: str) -> list[str]:
    """Split at line feeds alone, as `patch` does."""
    lines = text.split("\n")
    return [*(f"{line}\n" for line in lines[:-1]), *([lines[-1]] if lines[-1] else [])]


@dataclass(frozen=True, kw_only=True)
class Trial:
    """What one run of the tests on one patched source showed."""

    patch: Patch
    """The patch."""
    passed: frozenset[str] = frozenset()
    """Names of the tests that passed."""
    failed: frozenset[str] = frozenset()
    """Names of those that did not, or were not reached because an earlier one failed."""
    detail: str = ""
    """Of the first failure, in the runner's words, at most 500 characters."""
    is_timed_out: bool = False
    """A limit of steps or time stopped it."""

    @property
    def is_green(self) -> bool:
        """Every test that ran passed, and at least one did."""
        return bool(self.passed) and not self.failed and not self.is_timed_out


@dataclass(frozen=True, kw_only=True)
class PatchVerdict:
    """Accepted, or rejected with a reason."""

    patch: Patch
    """The patch."""
    rejection: PatchRejection | None
    """None where it is offered."""
    detail: str = ""
    """Evidence for a person."""
    tests_fixed: int = 0
    """Tests that failed before and pass now."""
    tests_kept: int = 0
    """Tests that passed before and still do."""
    repeats: int = 0
    """Runs of the whole suite that it passed."""

    @property
    def is_accepted(self) -> bool:
        """Nothing spoke against it."""
        return self.rejection is None


@dataclass(frozen=True, kw_only=True)
class Behaviours:
    """What patched sources show on the same generated inputs."""

    inputs: tuple[str, ...] = ()
    """The calls, as a person writes them."""
    original: tuple[str, ...] = ()
    """What the broken source shows on each, as text: a value, an error's name, or `(endless)`."""
    shown: tuple[tuple[str, ...], ...] = ()
    """For each patch, in the order that they were given, what it shows on each input."""
    promised: tuple[tuple[int, int], ...] = ()
    """For each patch, examples of the documentation that it keeps, and how many there are; empty where nobody looked."""

    def telling(self) -> tuple[int, ...]:
        """Columns of inputs that the code is made for: nonsense, on which the broken or most of the patched sources find the types wrong, tells nothing."""
        return tuple(
            column
            for column in range(len(self.inputs))
            if not _is_misuse(self.original[column])
            and 2 * sum(_is_misuse(row[column]) for row in self.shown) <= len(self.shown)
        )

    def clusters(self) -> tuple[tuple[int, ...], ...]:
        """Group the patches that can't be told apart: indices, each group in the order given. Where nothing tells, each is alone."""
        columns = self.telling()
        groups: dict[tuple[str, ...], list[int]] = {}
        for index, row in enumerate(self.shown):
            key = tuple(_kind_of(row[column]) for column in columns) or (str(index),)
            groups.setdefault(key, []).append(index)
        return tuple(tuple(group) for group in groups.values())

    def disagreements(self, indices: Sequence[int], *, most: int = 5) -> tuple["Disagreement", ...]:
        """Return inputs on which these patches differ, those that divide them most first."""
        found = []
        for column in self.telling():
            call = self.inputs[column]
            answers = tuple(self.shown[index][column] for index in indices)
            if len(set(map(_kind_of, answers))) > 1:
                found.append(Disagreement(call=call, original=self.original[column], answers=answers))
        return tuple(sorted(found, key=lambda each: (-len(set(each.answers)), len(each.call)))[:most])


def _is_misuse(answer: str) -> bool:
    return _kind_of(answer) in _MISUSE


def _kind_of(answer: str) -> str:
    """An error counts by its name: what it says of the same fault differs from one patch to the next."""
    error = _ERROR.match(answer)
    return error[1] if error else answer


@dataclass(frozen=True, kw_only=True)
class Disagreement:
    """An input on which patches that pass the same tests differ: what a person has to decide."""

    call: str
    """The call."""
    original: str
    """What the broken source shows."""
    answers: tuple[str, ...]
    """What each of the patches shows."""
