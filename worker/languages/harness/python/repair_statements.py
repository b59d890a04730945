"""Changes of statements: left out, moved, in the other branch, put in."""

import ast

_AUGMENTED = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/=", ast.FloorDiv: "//=", ast.Mod: "%=", ast.Pow: "**="}
_VALUES = ("True", "False", "None", "0", "1", "-1", "[]", "''", "{}")


def offer_for_statement(offers, statement):
    """All changes of one statement."""
    if isinstance(statement, ast.AugAssign):
        _augmented(offers, statement)
    elif isinstance(statement, ast.Assign):
        _assigned(offers, statement)
    elif isinstance(statement, ast.Return):
        _returned(offers, statement)
    elif isinstance(statement, ast.If):
        _branched(offers, statement)
    _stored(offers, statement)


def _augmented(offers, statement):
    code = offers.code
    target, value, sign = code.text(statement.target), code.text(statement.value), _AUGMENTED.get(type(statement.op))
    start, end = code.span(statement)

    def put(text, operator, cost):
        offers.edit([(start, end, text)], operator, cost, statement.lineno, f"{code.text(statement)[:60]} becomes {text[:60]}")

    for other in _AUGMENTED.values():
        if sign is not None and other != sign:
            put(f"{target} {other} {value}", "arithmetic-swap", 1.2 if {sign, other} in ({"+=", "-="}, {"*=", "/="}, {"//=", "/="}) else 1.8)
    put(f"{target} = {value}", "augment-drop", 1.9)
    if sign == "+=":
        put(f"{target} = {code.operand(statement.value)} + {target}", "operand-swap", 2.4)
        if not isinstance(statement.value, (ast.List, ast.ListComp)):
            put(f"{target} += [{value}]", "wrap", 3.0)


def _assigned(offers, statement):
    code = offers.code
    if len(statement.targets) != 1 or not isinstance(statement.targets[0], (ast.Name, ast.Subscript, ast.Attribute)):
        return
    target, value = code.text(statement.targets[0]), code.text(statement.value)
    start, end = code.span(statement)
    for sign, cost in (("+=", 2.0), ("-=", 2.4), ("*=", 2.4)):
        text = f"{target} {sign} {value}"
        offers.edit([(start, end, text)], "augment", cost, statement.lineno, f"{code.text(statement)[:60]} becomes {text[:60]}")


def _returned(offers, statement):
    if statement.value is not None:
        for name in offers.unit.visible(statement):
            offers.put(statement.value, name, "result", 2.4, is_atom=True)
        for value in _VALUES:
            offers.put(statement.value, value, "result", 2.8, is_atom=True)


def _stored(offers, statement):
    """Another variable that is written to."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AugAssign) else []
    for target in targets:
        base = target
        while isinstance(base, (ast.Subscript, ast.Attribute)):
            base = base.value
        if isinstance(base, ast.Name) and isinstance(base.ctx, ast.Store):
            for other in offers.unit.visible(statement):
                offers.put(base, other, "variable-swap", 2.0, is_atom=True)


def _branched(offers, statement):
    code = offers.code
    body = _range(code, statement.body)
    if statement.orelse and not _is_elif(code, statement):
        other = _range(code, statement.orelse)
        if body and other:
            offers.edit([(*body, code.source[slice(*other)]), (*other, code.source[slice(*body)])], "branch-swap", 1.8, statement.lineno, "both branches change places")
    whole = code.block(statement)
    if whole and body:
        text = _moved(code.source[slice(*body)], -_step(code, statement))
        if not statement.orelse:
            offers.edit([(*whole, text)], "unwrap", 2.3, statement.lineno, f"what follows {code.text(statement.test)[:50]} happens always")
        elif not _is_elif(code, statement):
            offers.edit([(*whole, text)], "branch-drop", 2.8, statement.lineno, "only the first branch is left")
            rest = _moved(code.source[slice(*_range(code, statement.orelse) or (0, 0))], -_step(code, statement))
            if rest:
                offers.edit([(*whole, rest)], "branch-drop", 2.8, statement.lineno, "only the second branch is left")
    if not statement.orelse and body:
        _new_else(offers, statement, body[1])


def _new_else(offers, statement, place):
    indent = offers.code.indent(statement)
    step = " " * _step(offers.code, statement)
    for text in offers.small_statements(statement):
        offers.edit([(place, place, f"{indent}else:\n{indent}{step}{text}\n")], "else-add", 4.2, statement.lineno, f"else: {text}")


def _is_elif(code, statement):
    return len(statement.orelse) == 1 and isinstance(statement.orelse[0], ast.If) and code.source.startswith("elif", code.span(statement.orelse[0])[0])


def _step(code, statement):
    return max(statement.body[0].col_offset - statement.col_offset, 1)


def _range(code, statements):
    """Whole lines of some statements; None where they share their lines with others."""
    blocks = [code.block(one) for one in statements]
    if not blocks or None in blocks:
        return None
    text = code.source[blocks[0][0] : blocks[-1][1]]
    return (blocks[0][0], blocks[-1][1]) if text.endswith("\n") else None


def _moved(text, columns):
    """The lines further in or out."""
    if columns >= 0:
        return "".join(f"{' ' * columns}{line}" if line.strip() else line for line in text.splitlines(keepends=True))
    return "".join(line[-columns:] if line[:-columns].isspace() else line for line in text.splitlines(keepends=True))


def offer_for_body(offers, owner, statements):
    """Changes of a block of statements."""
    code = offers.code
    blocks = [code.block(one) for one in statements]
    for place, (statement, block) in enumerate(zip(statements, blocks)):
        if block is None or _is_docstring(statement):
            continue
        indent = code.indent(statement)
        gone = "" if len(statements) > 1 else f"{indent}pass\n"
        if not isinstance(statement, ast.Pass):
            offers.edit([(*block, gone)], "statement-drop", 2.0, statement.lineno, f"{code.text(statement)[:60]} is left out")
        following = blocks[place + 1] if place + 1 < len(blocks) else None
        if following and code.source[following[0] - 1 : following[0]] == "\n" and code.source[following[1] - 1 : following[1]] == "\n":
            swapped = code.source[slice(*following)] + code.source[block[1] : following[0]] + code.source[slice(*block)]
            offers.edit([(block[0], following[1], swapped)], "statement-swap", 2.4, statement.lineno, f"{code.text(statement)[:40]} comes after what follows it")
        _moved_in(offers, statement, following, statements[place + 1] if following else None)
        _put_in(offers, statement, block)
    if len(blocks) > 1 and blocks[-1] and isinstance(owner, (ast.For, ast.While, ast.If)) and not owner.orelse:
        text = _moved(code.source[slice(*blocks[-1])], -_step(code, owner))
        offers.edit([(*blocks[-1], text)], "statement-out", 2.6, statements[-1].lineno, f"{code.text(statements[-1])[:50]} happens after the block")


def _moved_in(offers, statement, following, after):
    """The statement that follows a block becomes the last one of it."""
    if following and isinstance(statement, (ast.For, ast.While, ast.If)) and not statement.orelse:
        text = _moved(offers.code.source[slice(*following)], _step(offers.code, statement))
        offers.edit([(*following, text)], "statement-in", 2.6, after.lineno, f"{offers.code.text(after)[:50]} happens within the block")


def _put_in(offers, statement, block):
    """Something before the statement, and after the last one of a block."""
    indent = offers.code.indent(statement)
    for text in offers.small_statements(statement):
        offers.edit([(block[0], block[0], f"{indent}{text}\n")], "statement-add", 4.0, statement.lineno, f"first {text}")
    for predicate, result in offers.guards(statement):
        step = "    "
        offers.edit([(block[0], block[0], f"{indent}if {predicate}:\n{indent}{step}{result}\n")], "guard-add", 3.8, statement.lineno, f"{result} where {predicate}")
    if offers.code.source[block[1] - 1 : block[1]] == "\n" and not isinstance(statement, (ast.Return, ast.Break, ast.Continue, ast.Raise)):
        for text in offers.small_statements(statement):
            offers.edit([(block[1], block[1], f"{indent}{text}\n")], "statement-add", 4.1, statement.lineno, f"then {text}")


def _is_docstring(statement):
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def offer_swaps_of_results(offers, unit):
    """Two results, or two values of an assignment, that stand in each other's place."""
    code = offers.code
    results = [one.value for one in unit.nodes if isinstance(one, ast.Return) and one.value is not None][:8]
    for place, first in enumerate(results):
        for second in results[place + 1 :]:
            if code.text(first) != code.text(second):
                edits = [(*code.span(first), code.text(second)), (*code.span(second), code.text(first))]
                offers.edit(edits, "result-swap", 2.0, first.lineno, f"results {code.text(first)[:30]} and {code.text(second)[:30]} change places")
