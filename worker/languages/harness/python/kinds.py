"""Kinds of generated inputs: each kind writes sources of values, from constants of the subject where it can."""

from .variation import Variation

_WORDS = ("a", "b", "abc", "hello", "world", "The quick brown fox", "x y", "it's", "don't stop", "A-B", "e-mail", "naïve", "12", "3.14")
_TEXTS = (
    "",
    " ",
    "Hello, World!",
    "  leading and trailing  ",
    "one two  three\tfour",
    "first line\nsecond line\n",
    "    indented\n      more\n    back\n",
    "a,b;c",
    "key=value",
    'say "hi" now',
    "back\\slash",
    "# comment\nrest",
    "(x)",
    "-1/3",
    "1e3",
    "supercalifragilisticexpialidocious is long",
    "one. Two! three? Four",
    "well-known high-quality words",
)
_INTEGERS = (0, 1, 2, 3, -1, 4, 5, 7, 8, 10, 12, 16, 20, 40, 100, -3, -10, 255, 1000)
_FLOATS = (0.0, 1.0, 0.5, 0.25, 0.1, 0.75, 2.5, -1.5, -0.5, 0.001, 100.0, 3.0)
_CALLS = ("len", "abs", "str", "str.upper", "lambda *values: values", "lambda value: -value", "lambda *values: True", "lambda *values: None", "bool")
_PLAIN = {"str": ("'a'", "'b'", "'a'", "'x'"), "int": ("1", "2", "3", "5", "10", "0"), "number": ("1", "2", "5", "10", "2.5", "0"), "float": ("1.0", "2.5", "10.0", "0.5")}

ALL = ("int", "float", "str", "bool", "none", "list_int", "list_str", "list_float", "list_list", "tuple", "dict", "set", "bytes", "call", "stream", "number_like")


class Values:
    """Writes values of a kind; the same seed writes the same."""

    def __init__(self, random, mine, constructors):
        self.random = random
        self.mine = mine
        self.constructors = constructors  # class name -> function that writes an instance
        self.variation = Variation(random, mine)
        self.depth = 0
        self.is_plain = False  # a few values that come again and again, for what remembers them
        self.usual = {}  # name of a field -> kind of value that it mostly has

    def write(self, kind, hints=()):
        """Source of a value; `hints` are sources that were seen to matter."""
        if hints and self.random.random() < 0.35:
            return self.random.choice(hints)
        if kind.startswith("object:"):
            return self._object(kind[7:])
        if self.is_plain and kind in _PLAIN and self.random.random() < 0.7:
            return self.random.choice(_PLAIN[kind])
        return getattr(self, f"_{kind}")()

    def _object(self, name):
        """Objects within objects end somewhere."""
        if self.depth > 2:
            return "None"
        self.depth += 1
        try:
            return self.constructors[name]()
        finally:
            self.depth -= 1

    def _int(self):
        roll = self.random.random()
        if roll < 0.3 and self.mine.integers:
            return repr(self.random.choice(self.mine.integers))
        if roll < 0.85:
            return repr(self.random.choice(_INTEGERS))
        return repr(self.random.randint(-50, 200))

    def _float(self):
        roll = self.random.random()
        if roll < 0.25 and self.mine.floats:
            return repr(self.random.choice(self.mine.floats))
        if roll < 0.6:
            return repr(self.random.choice(_FLOATS))
        if roll < 0.63:
            return self.random.choice(('float("inf")', 'float("nan")', "-0.0", "1e300"))
        return repr(round(self.random.random() * self.random.choice((1, 1, 1, 10, 360)), 2))

    def _number(self):
        return self._float() if self.random.random() < 0.5 else self._int()

    def _number_like(self):
        choices = ("(1+2j)", "decimal.Decimal('1.1')", "decimal.Decimal('NaN')", "decimal.Decimal('Infinity')", "2j", "decimal.Decimal('-3')")
        return self.random.choice(choices)

    def _str(self):
        return repr(self._text())

    def _text(self):
        roll = self.random.random()
        if roll < 0.2 and self.mine.texts:
            return self.random.choice(self.mine.texts)
        if roll < 0.3:
            return self._joined_words()
        if roll < 0.4 and self.mine.letters:
            return "".join(self.random.choices(self.mine.letters, k=self.random.choice((1, 2, 3, 4, 6, 8))))
        if roll < 0.5 and self.mine.patterns:
            return self.mine.sample(self.random) or ""
        if roll < 0.65:
            return self.random.choice(_TEXTS)
        if roll < 0.78:
            return self.random.choice(_WORDS)
        if roll < 0.9:
            parts = self.random.choices((*_WORDS, *_TEXTS, *self.mine.texts), k=self.random.randint(2, 4))
            return self.random.choice(("", " ", " ", "\n", "\n\n", "-", "/", ";", ". ")).join(parts)[:160]
        return self._changed(self.random.choice(_TEXTS))

    def _joined_words(self):
        """Words of the subject, joined by what it splits texts with."""
        known = self.mine.texts or _WORDS
        words = self.random.sample(known, min(len(known), self.random.choice((1, 2, 2, 3, 3, 4, 6, 10))))
        return self.random.choice(self.mine.separators or (" ",)).join(words)[:160]

    def _changed(self, text):
        letters = list(text)
        for _ in range(self.random.randint(1, 3)):
            place = self.random.randint(0, len(letters))
            if letters and self.random.random() < 0.4:
                del letters[place % len(letters)]
            else:
                letters.insert(place, self.random.choice("aZ09 -_\t\n.,:;/'\"\\#()[]{}=+*%$&|<>!?@~é"))
        return "".join(letters)

    def _bool(self):
        return self.random.choice(("True", "False"))

    def _none(self):
        return "None"

    def _bytes(self):
        return repr(self._text().encode())

    def _list_int(self):
        numbers = [int(self._int()) for _ in range(self.random.choice((0, 1, 2, 3, 3, 4, 5, 7)))]
        return repr(sorted(numbers) if self.random.random() < 0.4 else numbers)

    def _list_float(self):
        return "[" + ", ".join(self._number() for _ in range(self.random.choice((0, 1, 2, 3, 4)))) + "]"

    def _list_str(self):
        return repr([self.random.choice((self.random.choice(_WORDS), self._text())) for _ in range(self.random.choice((0, 1, 2, 3, 4)))])

    def _list_list(self):
        return "[" + ", ".join(self._list_int() for _ in range(self.random.choice((0, 1, 2, 3)))) + "]"

    def _tuple(self):
        kinds = self.random.choices(("int", "float", "str", "none"), k=self.random.choice((0, 1, 2, 2, 3)))
        items = [self.write(kind) for kind in kinds]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"

    def _dict(self):
        value = self.random.choice(("int", "str", "list_int"))
        key = self.random.choice(("str", "str", "int"))
        return "{" + ", ".join(f"{self.write(key)}: {self.write(value)}" for _ in range(self.random.choice((0, 1, 2, 3)))) + "}"

    def _set(self):
        items = sorted({self._int() for _ in range(self.random.choice((1, 2, 3)))})
        return "{" + ", ".join(items) + "}"

    def _call(self):
        return self.random.choice(_CALLS)

    def _stream(self):
        return f"io.StringIO({self._text()!r})"
