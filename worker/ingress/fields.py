"""Pure: reads what a payload may or may not hold, without trusting that it has the form that its sender promises."""

from collections.abc import Mapping


def at(payload: object, *names: str) -> object:
    """Return what lies at this path; None where it leads nowhere."""
    for name in names:
        payload = payload.get(name) if isinstance(payload, Mapping) else None
    return payload


def text_at(payload: object, *names: str) -> str:
    """Return the text at this path, or an empty one."""
    found = at(payload, *names)
    return found if isinstance(found, str) else ""


def number_at(payload: object, *names: str) -> int | None:
    """Return the whole number at this path."""
    found = at(payload, *names)
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def is_true_at(payload: object, *names: str) -> bool:
    """Whether there is a true there, and nothing that merely counts as one."""
    return at(payload, *names) is True


def first_at(payload: object, *names: str) -> object:
    """Return the first item of the list at this path; None where there is none."""
    found = at(payload, *names)
    return found[0] if isinstance(found, list) and found else None
