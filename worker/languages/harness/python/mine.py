"""What the subject itself speaks of: constants, separators, letters, keys, patterns; the likeliest to matter to it."""

import ast
import re
from re import _constants as codes
from re import _parser as parser

from . import examples

_SPLITS = frozenset("split rsplit join partition rpartition replace startswith endswith removeprefix removesuffix count find index strip".split())
_PATTERNS = frozenset("compile match search fullmatch findall finditer sub subn split".split())
_SHORT = 12


class Mine:
    """Constants of the subject and of its documentation."""

    def __init__(self, source, module):
        self.integers, self.floats, self.texts = set(), set(), set()
        self.letters, self.separators, self.items, self.patterns = set(), [], [], []
        self.tree = ast.parse(source)
        skipped = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and id(node) not in skipped:
                self._add(node.value)
            elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                self._add_call(node)
        for value in [value for name, value in vars(module).items() if not name.startswith("__")]:
            self._add_held(value)
        self._add_documentation(source)
        self.texts |= {word for text in list(self.texts) for word in re.findall(r"[\w'-]+", text)[:6]}
        self.integers |= {n + d for n in self.integers for d in (-1, 1)}
        if self._uses("ord", "chr"):
            self.letters |= {chr(n) for n in self.integers if 32 <= n < 127}
        self.integers = sorted(self.integers)[:200]
        self.floats = sorted(self.floats)[:100]
        self.texts = sorted(self.texts)[:200]
        self.letters = sorted(self.letters)[:100]

    def sample(self, random):
        """A text that one of the patterns matches; None where there is none."""
        return sample_of(random.choice(self.patterns), random) if self.patterns else None

    def _uses(self, *names):
        return any(isinstance(node, ast.Name) and node.id in names for node in ast.walk(self.tree))

    def _add(self, value):
        if type(value) is int and abs(value) < 10**9:
            self.integers.add(value)
        elif type(value) is float and value == value and abs(value) < 1e12:
            self.floats.add(value)
        elif type(value) is str and 0 < len(value) <= 60:
            self.texts.add(value)
            if len(value) <= 1 or re.fullmatch(r"\w{3,}|\W{2,}", value):
                self.letters.update(value)

    def _add_held(self, value):
        self._add(value)
        if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
            self.patterns.append(value.pattern)
        if type(value) in (dict, list, tuple, set, frozenset) and len(value) <= 100:
            for item in value:
                self._add(item)

    def _add_call(self, node):
        constants = [one.value for one in node.args if isinstance(one, ast.Constant) and type(one.value) is str]
        if node.func.attr in _SPLITS and isinstance(node.func.value, ast.Constant) and type(node.func.value.value) is str:
            constants.append(node.func.value.value)
        if node.func.attr in _SPLITS:
            self.separators += [one for one in constants if 0 < len(one) <= 3 and one not in self.separators]
        if node.func.attr in _PATTERNS and getattr(node.func.value, "id", "") == "re":
            self.patterns += constants[:1]

    def _add_documentation(self, source):
        for text in examples.texts_in(source):
            for literal in examples.literals_in(text):
                value = ast.literal_eval(literal)
                self._add(value)
                if isinstance(value, (list, tuple)):
                    self.items += [item for item in value if type(item) in (int, float, str) and len(str(item)) <= 40][:_SHORT]


def sample_of(pattern, random):
    """A text that the pattern matches, mostly; None where the pattern is none."""
    try:
        return "".join(_sampled(parser.parse(pattern), random, {}))[:120]
    except (re.error, RecursionError, OverflowError, ValueError):
        return None


def _sampled(items, random, groups):
    for operation, argument in items:
        if operation is codes.LITERAL:
            yield chr(argument)
        elif operation is codes.NOT_LITERAL:
            yield random.choice([letter for letter in "ab1 -" if ord(letter) != argument])
        elif operation is codes.ANY:
            yield random.choice("ab1 -_")
        elif operation is codes.IN:
            yield _from_set(argument, random)
        elif operation in (codes.MAX_REPEAT, codes.MIN_REPEAT, getattr(codes, "POSSESSIVE_REPEAT", None)):
            least, most, inner = argument
            for _ in range(random.randint(least, min(most, least + 3))):
                yield from _sampled(inner, random, groups)
        elif operation is codes.SUBPATTERN:
            text = "".join(_sampled(argument[3], random, groups))
            groups[argument[0]] = text
            yield text
        elif operation is codes.BRANCH:
            yield from _sampled(random.choice(argument[1]), random, groups)
        elif operation is codes.GROUPREF:
            yield groups.get(argument, "")


_CATEGORIES = {codes.CATEGORY_DIGIT: "0123456789", codes.CATEGORY_SPACE: " \t", codes.CATEGORY_WORD: "abcXYZ019_", codes.CATEGORY_NOT_DIGIT: "ab -", codes.CATEGORY_NOT_SPACE: "ab1-", codes.CATEGORY_NOT_WORD: " -.,"}


def _from_set(parts, random):
    letters, is_negated = set(), False
    for operation, argument in parts:
        if operation is codes.NEGATE:
            is_negated = True
        elif operation is codes.LITERAL:
            letters.add(chr(argument))
        elif operation is codes.RANGE:
            letters.update(chr(code) for code in range(argument[0], min(argument[1], argument[0] + 80) + 1))
        elif operation is codes.CATEGORY:
            letters.update(_CATEGORIES.get(argument, ""))
    chosen = sorted({letter for letter in "abzAZ059 -_.,:/@\"'()[]#" if letter not in letters} if is_negated else letters)
    return random.choice(chosen or ["a"])
