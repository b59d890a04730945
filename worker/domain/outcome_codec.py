"""An outcome as JSON, for the memory of the fleet: what was proved once is read back by workers that may be newer."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TypeVar

from worker.domain.attempt import EndReason
from worker.domain.candidate import Coverage
from worker.domain.outcome import PipelineOutcome
from worker.domain.result import EngineIdentity, KeptTest, TestFile, Turn

MEMORY_PREFIX = "memory/"
"""S3 keys of what is remembered begin so; the worker's permissions name it."""

VERSION = 1
"""Raised when an older text must not be read any more."""

_Part = TypeVar("_Part")


def encode_outcome(outcome: PipelineOutcome) -> bytes:
    """Write what was proved; what it took is not remembered, for it is taken once."""
    document = {**asdict(outcome), "version": VERSION}
    del document["usage"]
    return json.dumps(document, ensure_ascii=False).encode("utf-8", "surrogatepass")


def decode_outcome(content: bytes) -> PipelineOutcome:
    """Read it back; raises ValueError for anything that is not an outcome in which tests were proved."""
    document = json.loads(content.decode("utf-8", "surrogatepass"))
    try:
        if document["version"] != VERSION or not document["tests"]:
            raise ValueError("not an outcome of this version with tests")
        return PipelineOutcome(
            **_plain(document),
            end_reason=EndReason(document["end_reason"]),
            engine=_part(EngineIdentity, document["engine"]),
            tests=tuple(_part(KeptTest, test) for test in document["tests"]),
            test_file=_part(
                TestFile, {**document["test_file"], "command": tuple(document["test_file"]["command"])}
            ),
            coverage=_coverage(document["coverage"]),
            survivors=tuple(document["survivors"]),
            sandbox_layers=tuple(document["sandbox_layers"]),
            skipped=tuple((name, reason) for name, reason in document["skipped"]),
            turns=tuple(_part(Turn, turn) for turn in document["turns"]),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not an outcome: {type(error).__name__}: {error}") from error


_PLAIN = (
    *("explanation", "source_sha256", "proposed", "rejected", "mutants_killed", "mutants_total"),
    *("budget_seconds", "oracles", "prompt_version", "is_remembered"),
)


def _plain(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in _PLAIN}


def _part(kind: type[_Part], document: Mapping[str, Any]) -> _Part:
    return kind(**{field.name: document[field.name] for field in vars(kind)["__dataclass_fields__"].values()})


def _coverage(document: Mapping[str, Any] | None) -> Coverage | None:
    if document is None:
        return None
    lines = {name: tuple(document[name]) for name in ("covered_lines", "missed_lines")}
    branches = tuple((line, taken, there) for line, taken, there in document["branch_lines"])
    return _part(Coverage, {**document, **lines, "branch_lines": branches})
