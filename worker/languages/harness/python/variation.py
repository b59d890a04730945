"""Small changes of inputs that were accepted: the search climbs by these."""

import ast
import re

from . import literals

_LONGEST_TEXT, _LONGEST_LIST = 200, 30
_SEPARATORS = (" ", ",", ", ", "\n", ";", "-", "_", "/", ".", ":")
_LETTERS = "ab1 -.XZ,0e("


def value_of(source):
    """The value of a literal, in a tuple; None for what is none."""
    try:
        return (ast.literal_eval(source),)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


def source_of(value):
    """Source of a value; None where it has none that is short."""
    try:
        return literals.write(value)
    except (literals.Unwritable, RecursionError):
        return None


class Variation:
    """Neighbours of values; `mine` knows what the subject compares with."""

    def __init__(self, random, mine):
        self.random, self.mine = random, mine

    def of_source(self, source):
        """Source of a neighbour; None where the source is no literal."""
        held = value_of(source)
        return None if held is None else source_of(self.value(held[0]))

    def value(self, value):
        """A neighbour of the value, of the same kind where it has one."""
        kind = type(value)
        if kind is bool:
            return not value
        change = {int: self.integer, float: self.real, str: self.text, list: self.items, dict: self.mapping}.get(kind)
        if change:
            return change(value)
        if kind is tuple:
            return tuple(self.fixed(list(value)) if self.random.random() < 0.7 else self.items(list(value)))
        if kind in (set, frozenset):
            return kind(self.hashable(item) for item in self.items(sorted(value, key=repr)))
        if kind is bytes:
            return self.text(value.decode("latin-1")).encode("utf-8", "replace")
        return value

    @staticmethod
    def hashable(value):
        return tuple(value) if isinstance(value, list) else repr(value) if isinstance(value, (dict, set)) else value

    def integer(self, value):
        if self.mine.integers and self.random.random() < 0.15:
            return self.random.choice(self.mine.integers)
        if abs(value) > 1 << 200:
            return value >> 8
        return self.random.choice((value + 1, value - 1, value + 1, value - 1, value + 2, value - 2, -value, value * 2, value // 2, value * 10, value // 10, value + 10, 0))

    def real(self, value):
        if self.mine.floats and self.random.random() < 0.25:
            return self.random.choice(self.mine.floats) + self.random.choice((0, 0, 0.1, -0.1, 1.0))
        if value != value or abs(value) > 1e15:
            return 1.0
        return round(self.random.choice((value + 1, value - 1, -value, value * 2, value / 2, value + 0.5, value - 0.25, value + 0.01, float(int(value)), value * 10)), 6)

    def piece(self):
        """A word or a letter to put in."""
        roll = self.random.random()
        if roll < 0.35 and self.mine.texts:
            return self.random.choice(self.mine.texts)
        if roll < 0.65 and self.mine.letters:
            return self.random.choice(self.mine.letters)
        return self.random.choice(_LETTERS)

    def text(self, value):
        separators = [one for one in (*self.mine.separators, *_SEPARATORS) if one in value]
        if separators and self.random.random() < 0.4:
            separator = self.random.choice(separators[:2])
            return separator.join(self.tokens(value.split(separator)))[:_LONGEST_TEXT]
        return self.random.choice(self._text_changes())(value, self.random.randint(0, len(value)))[:_LONGEST_TEXT]

    def _text_changes(self):
        random = self.random

        def other(text):
            return random.choice(text) if text else self.piece()

        return (
            lambda text, at: text[:at] + self.piece() + text[at:],
            lambda text, at: text[:at] + self.piece() + text[at + 1 :],
            lambda text, at: text[:at] + text[at + 1 :],
            lambda text, at: text[:at] + text[at : at + 1].swapcase() + text[at + 1 :],
            lambda text, at: text[:at] + other(text) + text[at:],
            lambda text, at: text[:at] + other(text) + text[at + 1 :],
            lambda text, at: text[:at] + _shifted(text[at : at + 1], random.choice((-1, 1))) + text[at + 1 :],
            lambda text, at: text + self.piece(),
            lambda text, at: self.piece() + text,
            lambda text, at: text + text[:20],
            lambda text, at: text[:at],
            lambda text, at: text[at:],
            lambda text, at: text[::-1],
            lambda text, at: text.swapcase(),
            lambda text, at: self.lengthened(text),
            lambda text, at: text[:at] + self.piece()[:1] * self.count() + text[at:],
            lambda text, at: text[:at] + text[at : at + 1] * self.count() + text[at:],
            lambda text, at: re.sub(r"\d+", lambda match: str(max(0, int(match[0][:9]) + random.choice((-1, 1, 10)))), text, count=1) or self.piece(),
        )

    def count(self):
        """A number of times that the source may speak of."""
        sizes = [one for one in self.mine.integers if 1 < one <= 24]
        return self.random.choice(sizes) if sizes and self.random.random() < 0.7 else self.random.choice((2, 3, 4, 5))

    def lengthened(self, text):
        """As long as a number that the source speaks of, or longer by one."""
        sizes = [one for one in self.mine.integers if len(text) < one <= 60]
        return text.ljust(self.random.choice(sizes), text[-1:] or "a") if sizes else text + text

    def tokens(self, parts):
        at, other = self.random.randrange(len(parts)), self.random.randrange(len(parts))
        roll = self.random.randrange(7)
        if roll == 6:
            parts = parts[::-1]
        elif roll == 0:
            parts[at] = self.piece()
        elif roll == 1:
            parts[at] = self.text(parts[at]) if len(parts) > 1 else self.piece()
        elif roll == 2:
            parts.insert(at, self.piece())
        elif roll == 3 and len(parts) > 1:
            del parts[at]
        elif roll == 4:
            parts.append(parts[at])
        else:
            parts[at], parts[other] = parts[other], parts[at]
        return parts

    def fresh_item(self, like):
        return self.value(self.random.choice(like)) if like else self.random.choice((0, 1, 2, "a"))

    def items(self, value):
        value = list(value[:_LONGEST_LIST])
        if not value:
            return [self.fresh_item(self.mine.items)]
        at, other = self.random.randrange(len(value)), self.random.randrange(len(value))
        roll = self.random.randrange(12)
        if roll == 11:
            value[at:at] = [value[at]] * self.count()
        elif roll < 3:
            value[at] = self.value(value[at])
        elif roll == 3:
            value.append(self.fresh_item(value))
        elif roll == 4:
            value.insert(at, self.fresh_item(value))
        elif roll == 5:
            del value[at]
        elif roll == 6:
            value.append(value[at])
        elif roll == 7:
            value[at], value[other] = value[other], value[at]
        elif roll == 8:
            value[at] = value[other]
        elif roll == 9:
            value = value[::-1]
        else:
            value = value[:at] if at > 1 else [*value, *value[:3]]
        return value

    def fixed(self, value):
        """As many items as before."""
        if value:
            at = self.random.randrange(len(value))
            value[at] = self.hashable(self.value(value[at])) if not isinstance(value[at], (list, dict)) else self.value(value[at])
        return value

    def mapping(self, value):
        value = dict(value)
        keys = list(value)
        roll = self.random.random()
        if keys and roll < 0.6:
            key = self.random.choice(keys)
            value[key] = self.value(value[key])
        elif keys and roll < 0.75:
            del value[self.random.choice(keys)]
        elif keys and roll < 0.9:
            key = self.random.choice(keys)
            value[self.hashable(self.value(key))] = value.pop(key)
        else:
            value[self.piece()] = self.fresh_item(list(value.values()))
        return value


def _shifted(letter, by):
    return chr(max(32, ord(letter) + by)) if letter and ord(letter) < 0xD000 else letter
