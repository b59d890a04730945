"""Jest's `expect(…)` rewritten as node:assert, because most models have learnt to write the former.

An expectation that is not in the table stays as it is, and its test is rejected for what it is: a call of something unknown.
"""

from collections.abc import Iterator

from tree_sitter import Node

from worker.languages.javascript_syntax import parse, text_of, walk

_MATCHERS = {
    "toBe": "assert.equal({actual}, {expected})",
    "toEqual": "assert.deepEqual({actual}, {expected})",
    "toStrictEqual": "assert.deepEqual({actual}, {expected})",
    "toBeNull": "assert.equal({actual}, null)",
    "toBeUndefined": "assert.equal({actual}, undefined)",
    "toBeDefined": "assert.notEqual({actual}, undefined)",
    "toBeNaN": "assert.equal({actual}, NaN)",
    "toBeTruthy": "assert.ok({actual})",
    "toBeFalsy": "assert.ok(!({actual}))",
    "toBeGreaterThan": "assert.ok({actual} > {expected})",
    "toBeGreaterThanOrEqual": "assert.ok({actual} >= {expected})",
    "toBeLessThan": "assert.ok({actual} < {expected})",
    "toBeLessThanOrEqual": "assert.ok({actual} <= {expected})",
    "toBeCloseTo": "assert.ok(Math.abs({actual} - {expected}) < 0.005)",
    "toContain": "assert.ok({actual}.includes({expected}))",
    "toHaveLength": "assert.equal({actual}.length, {expected})",
    "toMatch": "assert.match({actual}, {expected})",
    "toBeInstanceOf": "assert.ok({actual} instanceof {expected})",
    "toThrow": "assert.throws({actual})",
    "toThrowError": "assert.throws({actual})",
}
_NEGATED = {
    "toBe": "assert.notEqual({actual}, {expected})",
    "toEqual": "assert.notDeepEqual({actual}, {expected})",
    "toStrictEqual": "assert.notDeepEqual({actual}, {expected})",
    "toBeNull": "assert.notEqual({actual}, null)",
    "toBeUndefined": "assert.notEqual({actual}, undefined)",
    "toContain": "assert.ok(!{actual}.includes({expected}))",
    "toThrow": "assert.doesNotThrow({actual})",
}


def without_expect(code: str) -> str:
    """Rewrite every expectation that the tables know."""
    if "expect(" not in code:
        return code
    text = code.encode()
    for start, end, replacement in sorted(_rewritten(code), reverse=True):
        text = text[:start] + replacement.encode() + text[end:]
    return text.decode()


def _rewritten(code: str) -> Iterator[tuple[int, int, str]]:
    for node in walk(parse(code)):
        if node.type == "call_expression":
            written = _assertion(node)
            if written is not None:
                yield node.start_byte, node.end_byte, written


def _assertion(call: Node) -> str | None:
    """Read `expect(actual).matcher(expected)`, or with `.not`."""
    member = call.child_by_field_name("function")
    if member is None or member.type != "member_expression":
        return None
    matcher = text_of(member.child_by_field_name("property"))
    subject = member.child_by_field_name("object")
    is_negated = (
        subject is not None
        and subject.type == "member_expression"
        and text_of(subject.child_by_field_name("property")) == "not"
    )
    if is_negated and subject is not None:
        subject = subject.child_by_field_name("object")
    template = (_NEGATED if is_negated else _MATCHERS).get(matcher)
    actual = _arguments(subject) if subject is not None and _is_expect(subject) else None
    if template is None or not actual:
        return None
    expected = _arguments(call)
    if "{expected}" in template and not expected:
        return None
    return template.format(actual=actual[0], expected=expected[0] if expected else "")


def _is_expect(node: Node) -> bool:
    return node.type == "call_expression" and text_of(node.child_by_field_name("function")) == "expect"


def _arguments(call: Node) -> list[str]:
    arguments = call.child_by_field_name("arguments")
    return [text_of(one) for one in arguments.named_children if one.type != "comment"] if arguments else []
