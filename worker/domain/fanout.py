"""Fan-out: a fix job whose search is split into shares, each of which is a child job. Pure.

Children are named by their parent and their number, so that whoever splits the job a second time makes no second set. In the ledger
they are the batch of their parent's name, which has no counters: one query lists them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

MAXIMUM_CHILDREN = 8
"""Most children of one job: so much of a fleet at most goes to one fault."""
USUAL_CHILDREN = 4
"""Where nobody names a number."""
MOST_LINES = 400
"""Most suspicious lines that are dealt out: a change on a later one is hardly ever the fix."""
_LONGEST_STEM = 64
_LONGEST_NAME = 200


class Way(StrEnum):
    """How a share is searched."""

    SMALL = "small"
    """Small changes without a model, on its lines first."""
    ENGINE = "engine"
    """One model is asked."""


@dataclass(frozen=True, kw_only=True)
class Share:
    """A part of the search of a fix job."""

    parent: str
    """Id of the job that was split."""
    number: int
    """From 1."""
    way: Way
    """How it is searched."""
    model: str = ""
    """The model that is asked."""
    lines: tuple[int, ...] = ()
    """The lines whose small changes are tried, 1-based, most suspicious first."""

    @property
    def name(self) -> str:
        """For a person."""
        if self.way is Way.ENGINE:
            return f"the model {self.model}"
        return f"small changes of {len(self.lines)} line{'' if len(self.lines) == 1 else 's'}"


def child_id(parent: str, number: int) -> str:
    """Name a child; a long name is shortened, and told apart by its digest."""
    stem = parent
    if len(parent) > _LONGEST_STEM:
        digest = hashlib.sha256(parent.encode()).hexdigest()[:8]
        stem = f"{parent[: _LONGEST_STEM - 9]}-{digest}"
    return f"{stem}-c{number}"


def parent_of(job_id: str, batch_id: str) -> str:
    """Return the parent of a job by its name and its batch; nothing where it is no child."""
    names = (child_id(batch_id, number) for number in range(1, MAXIMUM_CHILDREN + 1))
    return batch_id if batch_id and job_id in names else ""


def split(parent: str, lines: Sequence[int], models: Sequence[str], *, most: int) -> tuple[Share, ...]:
    """Deal the search out: a share for each model, the lines among the others like cards, so that each has suspicious ones."""
    most = max(1, min(most, MAXIMUM_CHILDREN))
    asked = models[: most - 1 if lines else most] if most > 1 or not lines else ()
    hands = min(most - len(asked), len(lines))
    dealt = tuple(tuple(lines[:MOST_LINES][hand::hands]) for hand in range(hands))
    parts: list[tuple[Way, str, tuple[int, ...]]] = [(Way.SMALL, "", hand) for hand in dealt]
    parts += [(Way.ENGINE, model, ()) for model in asked]
    return tuple(
        Share(parent=parent, number=number, way=way, model=model, lines=hand)
        for number, (way, model, hand) in enumerate(parts, start=1)
    )


def encode_share(share: Share) -> dict[str, Any]:
    """Write it as it stands in a message."""
    return {**asdict(share), "way": share.way.value, "lines": list(share.lines)}


def decode_share(value: object, faults: list[str]) -> Share | None:
    """Read it; strict, since a message may come from anywhere."""
    if value is None:
        return None
    share = _share(value) if isinstance(value, Mapping) else None
    if share is None:
        faults.append("share is not a part of a job's search")
    return share


def decode_children(value: object, faults: list[str]) -> int | None:
    """Read how many children a job may have; None leaves it to the worker."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MAXIMUM_CHILDREN:
        return value
    faults.append(f"children is not a whole number from 0 to {MAXIMUM_CHILDREN}")
    return None


def _share(fields: Mapping[Any, Any]) -> Share | None:
    parent, number, way = fields.get("parent"), fields.get("number"), fields.get("way")
    model, lines = fields.get("model", ""), fields.get("lines", [])
    if not all(map(_is_name, (parent, model, way))) or way not in set(Way):
        return None
    if not isinstance(number, int) or not _is_count(number, MAXIMUM_CHILDREN):
        return None
    if not isinstance(lines, list) or len(lines) > MOST_LINES:
        return None
    if not parent or not all(_is_count(line, 2**31) for line in lines):
        return None
    return Share(parent=parent, number=number, way=Way(way), model=model, lines=tuple(lines))


def _is_name(value: object) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST_NAME and value.isprintable()


def _is_count(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= most
