"""Which changes make some of the failing tests pass, each test run by itself: the first that fails hides what a change does for the others."""

import time

_SHARE, _MOST, _WHOLE = 0.3, 16, 12
"""What of the time that is left looking at all changes may take; so many are told; of those that can only be tried whole so many of the cheapest are."""


class Nearer:
    """The changes of a ground, looked at once more where none of them passes every test."""

    def __init__(self, copies, ground, failing, until):
        self.copies, self.ground, self.until = copies, ground, until
        self.cases = [case for case in copies.cases if case.name in failing]

    def found(self, better, changes):
        """Those that mend most tests first, of these the cheapest; who came further than the subject is looked at before all others."""
        near = self._among(better, self.cases)
        if not near and len(self.cases) > 1:
            near = self._among(changes, self.cases[1:])  # with the first one mended a change would have come further
        near.sort(key=lambda one: (-one[0], one[1].cost))
        return [change for _, change in near[:_MOST]]

    def _among(self, changes, cases):
        near, whole, end = [], [], self._end()
        for change in changes:
            if time.monotonic() > end:
                break
            count = self.copies.mended(self.ground, change.edits, cases)
            if count is None and len(whole) < _WHOLE:
                whole.append((0, change))
            elif count:
                near.append((count, change))
        return near + whole

    def _end(self):
        now = time.monotonic()
        return now + _SHARE * max(self.until - now, 0.0)


def is_nearer(trial, failing):
    """Whether a whole run shows that some of the failing tests pass, and none that passed fails."""
    return not set(trial["failed"]) - set(failing) and bool(set(trial["passed"]) & set(failing))
