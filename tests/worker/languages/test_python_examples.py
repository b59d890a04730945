"""What documentation shows of calls, and what is made of it."""

import ast
import random

import pytest

from worker.languages.harness.python import examples
from worker.languages.harness.python.annotations import Annotation
from worker.languages.harness.python.mine import sample_of
from worker.languages.harness.python.shapes import Shape
from worker.languages.harness.python.variation import Variation, value_of


@pytest.mark.parametrize(
    ("text", "arguments", "promise"),
    [
        ("f([1, 2]) == 3", ["[1, 2]"], "3"),
        ("f('a, b', 2) ➞ ['a']", ["'a, b'", "2"], "['a']"),
        ("f(-1) => None.", ["-1"], "None"),
        ("f(148) should return 16.", ["148"], "16.0"),
        ("f(\"et\") returns 'ix'", ["'et'"], "'ix'"),
        ('>>> f("(")\n    False', ["'('"], "False"),
        ("# f(2) -> {'a': [1,\n 2]}", ["2"], "{'a': [1, 2]}"),
        ("f(5) is nice", ["5"], None),
    ],
)
def test_a_call_in_prose_is_read_with_what_it_promises(
    text: str, arguments: list[str], promise: str | None
) -> None:
    (shown,) = examples.calls_in(text, ["f"])
    assert shown.arguments == arguments
    assert shown.promise == promise


@pytest.mark.parametrize("text", ["f(x) == 3", "g(1) == 2", "of(1) == 2", "f(1", "f(open('/etc/passwd'))"])
def test_what_is_no_call_with_literals_is_left_alone(text: str) -> None:
    assert examples.calls_in(text, ["f"]) == []


def test_literals_by_the_name_of_a_parameter_are_read() -> None:
    text = "Input: grid = [[1, 2], [3, 4]], k = 3\nname: 'x'\nx = other"
    assert examples.named_literals_in(text) == [("grid", "[[1, 2], [3, 4]]"), ("k", "3"), ("name", "'x'")]


def test_documentation_and_comments_are_searched() -> None:
    source = 'def f(a):\n    """Doc f(1)."""\n    return a  # f(2) == 2\n'
    assert examples.texts_in(source) == ["", "Doc f(1).", "f(2) == 2"]


class _Plain:
    """Values as simple as can be."""

    random = random.Random(4)

    def write(self, kind: str) -> str:
        return {"int": "1", "str": "'a'", "none": "None", "number": "2.5", "object:Box": "m.Box()"}[kind]


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        ("list[int]", list),
        ("Dict[str, List[int]]", dict),
        ("Tuple[int, str]", tuple),
        ("typing.Set[str]", set),
        ("Literal['a', 'b']", str),
        ("int", int),
    ],
)
def test_values_are_written_after_annotations(annotation: str, kind: type) -> None:
    made = Annotation.make(annotation, {})
    assert made is not None
    for _ in range(20):
        assert isinstance(ast.literal_eval(made.write(_Plain())), kind)


def test_an_annotation_names_a_class_of_the_module() -> None:
    made = Annotation.make("'Box'", {"Box": object})
    assert made is not None
    assert made.write(_Plain()) == "m.Box()"
    assert Annotation.make("Unknown[int]", {}) is None


@pytest.mark.parametrize("pattern", [r"\d{3}-[a-f]+", r"(?P<key>\w+)=(yes|no)", r"[^a-z]x?", r"^#(a|b){2}$"])
def test_a_sample_of_a_pattern_matches_it(pattern: str) -> None:
    import re

    samples = [sample_of(pattern, random.Random(number)) for number in range(20)]
    assert all(sample is not None and re.search(pattern, sample) for sample in samples)


def test_a_shape_is_read_from_use() -> None:
    source = (
        "def f(orders, node, config):\n"
        "    for order in orders:\n"
        "        if order['kind'] == 'buy':\n            print(order.get('amount', 0))\n"
        "    while node.next:\n        node = node.next\n"
        "    return node.value, config['depth'], orders.append(1)\n"
    )
    function = ast.parse(source).body[0]
    orders, node, config = (Shape(function, name) for name in ("orders", "node", "config"))
    assert orders.item_keys == {"kind", "amount"}
    assert orders.constants["kind"] == ["'buy'"]
    assert not orders.attributes
    assert node.attributes == {"next", "value"}
    assert config.keys == {"depth"}


class _Nothing:
    integers: tuple[int, ...] = ()
    floats: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    letters: tuple[str, ...] = ()
    separators: tuple[str, ...] = ()
    items: tuple[object, ...] = ()


@pytest.mark.parametrize(
    "source", ["3", "-2.5", "'some text'", "[1, [2, 'a']]", "(1, 'b')", "{'a': 1}", "{1, 2}", "b'ab'", "True"]
)
def test_a_neighbour_of_a_value_is_of_its_kind_and_a_literal(source: str) -> None:
    variation = Variation(random.Random(5), _Nothing())
    kind = type(ast.literal_eval(source))
    for _ in range(200):
        neighbour = variation.of_source(source)
        held = value_of(neighbour) if neighbour else None
        assert held is not None or neighbour in {None, "set()", 'float("inf")'}
        assert held is None or isinstance(held[0], kind)


def test_what_is_no_literal_has_no_neighbour() -> None:
    assert Variation(random.Random(5), _Nothing()).of_source("m.Box(1)") is None
