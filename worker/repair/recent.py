"""What a change touched last is where a fault most likely is: the history of the code among the evidence of a diagnosis."""

from collections.abc import Collection
from dataclasses import replace

from worker.domain.diagnosis import Diagnosis

_WHY = "changed last"
_OTHERS = 0.5
"""A test that failed before the change would have been seen before: but one may be new, or the fault be of what the change uses."""


def recent_first(diagnosis: Diagnosis, changed: Collection[int]) -> Diagnosis:
    """Make the suspicious lines that were changed last as suspicious as the most suspicious one, and the others half as suspicious as they are.

    Lines that no failing test runs stay out. Where all of them were changed (a new file), or none, the history tells nothing.
    """
    lines = frozenset(changed)
    touched = [place for place in diagnosis.locations if place.line in lines]
    if not touched or len(touched) == len(diagnosis.locations):
        return diagnosis
    most = max(place.suspicion for place in diagnosis.locations)
    raised = [
        replace(place, suspicion=most, why="; ".join(filter(None, (place.why, _WHY)))) for place in touched
    ]
    rest = [
        replace(place, suspicion=_OTHERS * place.suspicion)
        for place in diagnosis.locations
        if place.line not in lines
    ]
    return replace(diagnosis, locations=(*raised, *rest))
