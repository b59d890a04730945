"""Another day and hour: what a test pins of the clock holds on no other day."""

import datetime
import re
import time

_DAY = 86400
_SHIFTS = (0, 41 * _DAY + 7 * 3600, -403 * _DAY - 3 * 3600, 1234 * _DAY + 13 * 3600)
_SPEAKS_OF_TIME = re.compile(r"\b(time|datetime|calendar|date)\b")


def shift_for(seed, source):
    """Set the clocks of this process by what the seed says, where the source speaks of time at all."""
    seconds = _SHIFTS[seed % len(_SHIFTS)]
    if seconds and _SPEAKS_OF_TIME.search(source):
        _shift_time(seconds)
        _shift_dates(seconds)


def _shift_time(seconds):
    now, now_ns = time.time, time.time_ns
    time.time = lambda: now() + seconds
    time.time_ns = lambda: now_ns() + seconds * 10**9

    def at_shifted_time(function):
        return lambda moment=None: function(time.time() if moment is None else moment)

    for name in ("localtime", "gmtime", "ctime"):
        setattr(time, name, at_shifted_time(getattr(time, name)))
    strftime, asctime = time.strftime, time.asctime
    time.strftime = lambda text, moment=None: strftime(text, time.localtime() if moment is None else moment)
    time.asctime = lambda moment=None: asctime(time.localtime() if moment is None else moment)


class _AlsoReal(type):
    """Takes the objects of the class before for its own."""

    def __instancecheck__(cls, value):
        return isinstance(value, cls.__mro__[1]) if "real" in vars(cls) else type.__instancecheck__(cls, value)

    def __subclasscheck__(cls, other):
        return issubclass(other, cls.__mro__[1]) if "real" in vars(cls) else type.__subclasscheck__(cls, other)


def _shift_dates(seconds):
    date, moment, delta = datetime.date, datetime.datetime, datetime.timedelta(seconds=seconds)

    class Date(date, metaclass=_AlsoReal):
        real = True

        def __new__(cls, *values, **named):
            return date(*values, **named) if cls is Date else date.__new__(cls, *values, **named)

        @classmethod
        def today(cls):
            found = moment.now() + delta
            return cls(found.year, found.month, found.day)

    class DateTime(moment, metaclass=_AlsoReal):
        real = True

        def __new__(cls, *values, **named):
            return moment(*values, **named) if cls is DateTime else moment.__new__(cls, *values, **named)

        @classmethod
        def now(cls, tz=None):
            return (moment if cls is DateTime else cls).fromtimestamp(time.time(), tz)

        @classmethod
        def today(cls):
            return cls.now()

        @classmethod
        def utcnow(cls):
            return moment.now(datetime.timezone.utc).replace(tzinfo=None) + delta

    Date.__name__ = Date.__qualname__ = "date"
    DateTime.__name__ = DateTime.__qualname__ = "datetime"
    datetime.date, datetime.datetime = Date, DateTime
