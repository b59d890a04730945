"""Kinds of generated inputs: each kind writes sources of values, from constants of the subject where it can."""

import ast
import re

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


ALL = ("int", "float", "str", "bool", "none", "list_int", "list_str", "list_float", "list_list", "tuple", "dict", "set", "bytes", "call", "stream", "number_like")


class Mine:
    """Constants of the subject, which are the likeliest to matter to it."""

    def __init__(self, source, module):
        self.integers, self.floats, self.texts = set(), set(), set()
        tree = ast.parse(source)
        skipped = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and id(node) not in skipped:
                self._add(node.value)
        for value in [value for name, value in vars(module).items() if not name.startswith("__")]:
            self._add(value)
        self.texts |= {word for text in list(self.texts) for word in re.findall(r"[\w'-]+", text)[:6]}
        self.integers = sorted(self.integers | {n + d for n in self.integers for d in (-1, 1)})[:200]
        self.floats = sorted(self.floats)[:100]
        self.texts = sorted(self.texts)[:200]

    def _add(self, value):
        if type(value) is int and abs(value) < 10**9:
            self.integers.add(value)
        elif type(value) is float and value == value and abs(value) < 1e12:
            self.floats.add(value)
        elif type(value) is str and 0 < len(value) <= 60:
            self.texts.add(value)


class Values:
    """Writes values of a kind; the same seed writes the same."""

    def __init__(self, random, mine, constructors):
        self.random = random
        self.mine = mine
        self.constructors = constructors  # class name -> function that writes an instance

    def write(self, kind, hints=()):
        """Source of a value; `hints` are sources that were seen to matter."""
        if hints and self.random.random() < 0.35:
            return self.random.choice(hints)
        if kind.startswith("object:"):
            return self.constructors[kind[7:]]()
        return getattr(self, f"_{kind}")()

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
        if roll < 0.3 and self.mine.texts:
            return self.random.choice(self.mine.texts)
        if roll < 0.6:
            return self.random.choice(_TEXTS)
        if roll < 0.75:
            return self.random.choice(_WORDS)
        if roll < 0.9:
            parts = self.random.choices((*_WORDS, *_TEXTS, *self.mine.texts), k=self.random.randint(2, 4))
            return self.random.choice(("", " ", " ", "\n", "\n\n", "-", "/", ";", ". ")).join(parts)[:160]
        return self._changed(self.random.choice(_TEXTS))

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
        return repr(sorted(numbers) if self.random.random() < 0.5 else numbers)

    def _list_float(self):
        return "[" + ", ".join(self._number() for _ in range(self.random.choice((0, 1, 2, 3, 4)))) + "]"

    def _list_str(self):
        return repr([self.random.choice((*_WORDS, self._text())) for _ in range(self.random.choice((0, 1, 2, 3, 4)))])

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


def varied(source, values):
    """A neighbour of a literal: nearby numbers, a letter more or less, an item more or less."""
    try:
        value = ast.literal_eval(source)
    except (ValueError, SyntaxError):
        return source
    random = values.random
    if type(value) is bool:
        return repr(not value)
    if type(value) is int:
        return repr(value + random.choice((-1, 1, -2, 2, 10, -10)))
    if type(value) is float:
        return repr(round(value + random.choice((-1, 1, 0.5, -0.25, 0.01)), 4))
    if type(value) is str:
        return repr(values._changed(value))
    if type(value) is list and value:
        place = random.randrange(len(value))
        changed = value[:place] + value[place + 1 :] if random.random() < 0.4 else [*value, value[place]]
        return repr(changed)
    return source
