"""A stored result in a few lines: who worked, what came of it, and why."""

from collections.abc import Mapping
from typing import Any


def told_of(result: Mapping[str, Any]) -> dict[str, str]:
    """Return what a person wants to know of a result, by heading; empty texts for what is not there."""
    engine = result.get("engine") or {}
    fallback = result.get("fallback") or {}
    return {
        "engine": " ".join(str(engine.get(name, "")) for name in ("name", "model")).strip(),
        "turns": "; ".join(_turn(turn) for turn in result.get("turns") or ()),
        "instead of": f"{fallback['wanted']}: {fallback['reason']}" if fallback else "",
        "remembered": "the fleet had proved this before" if result.get("is_remembered") else "",
        "explanation": str(result.get("explanation", "")),
        "tests": ", ".join(str(test.get("name")) for test in result.get("tests") or ()),
    }


def _turn(turn: Mapping[str, Any]) -> str:
    asked = "" if turn.get("asked") == 1 else f", asked {turn.get('asked')} times"
    return (
        f"{turn.get('engine')} {turn.get('model')} {turn.get('end')}{asked}:"
        f" {turn.get('kept')} of {turn.get('proposed')} tests in {float(turn.get('seconds', 0)):.1f} s"
    )
