"""How long the calls of a target take, and how long the next of them may."""

_LONGER, _SHORTER, _TIMES_THE_QUICKEST = 3.0, 0.25, 4.0


class Pace:
    """Of one target, in seconds of the processor; what was lost, on the clock."""

    def __init__(self):
        self.late = 0
        self.lost = 0.0
        self.quickest = float("inf")
        self.is_slow = False

    def limit(self, usual, *, has_all):
        """After the first that was too slow the next gets more time: the code may be slow and not endless. Where all has run, many quick calls show more than a slow one."""
        most = usual * (_LONGER if self.is_slow or self.late == 1 else 1.0)
        return min(max(_SHORTER * usual, _TIMES_THE_QUICKEST * self.quickest), most) if has_all else most

    def ended(self, seconds, usual):
        """Note a call that ended."""
        self.quickest = min(self.quickest, seconds)
        self.is_slow = self.is_slow or seconds > usual

    def cut(self, seconds):
        """Note a call that was cut off."""
        self.late += 1
        self.lost += seconds
