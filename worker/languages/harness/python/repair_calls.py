"""Small changes of calls, subscripts and conditions, and expressions put around others: what was forgotten, mostly."""

import ast

from .repair_text import FUNCTIONS

_WRAPS = ("abs", "len", "sorted", "set", "list", "str", "int", "sum", "max", "min", "float", "tuple")
_METHODS = ("lower", "upper", "swapcase", "strip", "split", "copy", "title", "capitalize")
_TAILS = (("// 2", 2.8), ("/ 2", 2.8), ("* 2", 2.8), ("** 2", 2.8), ("** 3", 3.2), ("% 2", 3.2), ("% 10", 3.2), ("// 10", 3.2))
_KEYS = ("len", "abs", "str", "str.lower", "lambda item: item[0]", "lambda item: item[1]", "lambda item: -item")
_VARYING = frozenset({"max", "min", "range", "sum", "pow", "abs", "len", "gcd", "divmod", "sorted"})


def offer_for_call(offers, node):
    """Arguments in another order, one less, one more; the call left out."""
    code = offers.code
    function, texts = code.text(node.func), [code.text(one) for one in node.args]
    keywords = [f"{word.arg}={code.text(word.value)}" if word.arg else f"**{code.text(word.value)}" for word in node.keywords]

    def written(arguments, words=keywords):
        return f"{function}({', '.join([*arguments, *words])})"

    for place in range(len(texts) - 1):
        swapped = [*texts[:place], texts[place + 1], texts[place], *texts[place + 2 :]]
        offers.put(node, written(swapped), "argument-swap", 1.6, is_atom=True)
    for place in range(len(texts)):
        offers.put(node, written(texts[:place] + texts[place + 1 :]), "argument-drop", 2.2, is_atom=True)
    for place in range(len(keywords)):
        offers.put(node, written(texts, keywords[:place] + keywords[place + 1 :]), "argument-drop", 2.0, is_atom=True)
    if len(node.args) == 1 or (node.args and node.keywords):
        offers.put(node, texts[0], "call-drop", 1.8, is_atom=not isinstance(node.args[0], (ast.BinOp, ast.BoolOp, ast.Compare, ast.IfExp, ast.GeneratorExp)))
    if isinstance(node.func, ast.Attribute):
        offers.put(node, code.text(node.func.value), "call-drop", 1.9, is_atom=True)
    _more_arguments(offers, node, texts, keywords, written)


def _more_arguments(offers, node, texts, keywords, written):
    name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
    if name in ("sorted", "sort", "max", "min"):
        if name in ("sorted", "sort") and not any(word.startswith("reverse=") for word in keywords):
            offers.put(node, written(texts, [*keywords, "reverse=True"]), "argument-add", 2.0, is_atom=True)
        if not any(word.startswith("key=") for word in keywords) and len(texts) < 2:
            for key in (*_KEYS, *_own_keys(offers)):
                offers.put(node, written(texts, [*keywords, f"key={key}"]), "argument-add", 3.2, is_atom=True)
    if name == "range" and len(texts) == 1:
        for first in ("1", "2"):
            offers.put(node, written([first, *texts]), "argument-add", 1.9, is_atom=True)
    if name == "range" and len(texts) == 2:
        for step in ("2", "-1"):
            offers.put(node, written([*texts, step]), "argument-add", 2.4, is_atom=True)
    if name in _VARYING and len(texts) in (1, 2):
        names = offers.unit.visible(node)
        for first in names:
            if name != "range" or len(texts) == 2:
                offers.put(node, written([first, texts[-1]] if len(texts) == 2 else [texts[0], first]), "argument-change", 2.8, is_atom=True)
            for second in names if name in ("max", "min") else ():
                if first != second:
                    offers.put(node, written([first, second]), "argument-change", 3.0, is_atom=True)
    if name in ("pop", "split", "join", "strip", "index", "get") and len(texts) == 0:
        for text in ("0", "' '", "','"):
            offers.put(node, written([text]), "argument-add", 2.8, is_atom=True)


def _own_keys(offers):
    """Mappings and functions of the unit, as keys of an order."""
    for node in offers.unit.nodes:
        if isinstance(node, ast.Assign) and isinstance(node.value, (ast.Dict, ast.DictComp)) and isinstance(node.targets[0], ast.Name):
            yield f"lambda item: {node.targets[0].id}[item]"
            yield f"{node.targets[0].id}.get"
        if isinstance(node, FUNCTIONS):
            yield node.name


def offer_for_subscript(offers, node):
    """Places one further, from the other end, other bounds."""
    if not isinstance(node.ctx, ast.Load):
        return
    code = offers.code
    held, part = code.text(node.value), node.slice
    if isinstance(part, ast.Slice):
        lower, upper, step = (code.text(one) if one is not None else "" for one in (part.lower, part.upper, part.step))
        tail = f":{step}" if step else ""
        variants = {f"{lower}:{tail}", f":{upper}{tail}", f"{upper}:{lower}{tail}", f"{upper}:{tail}", f":{lower}{tail}", f"{lower}:{upper}:2", f"{lower}:{upper}:-1"}
        for bound, write in ((lower, lambda text: f"{text}:{upper}{tail}"), (upper, lambda text: f"{lower}:{text}{tail}")):
            variants |= {write(f"{bound} + 1"), write(f"{bound} - 1")} if bound else {write("1"), write("-1")}
        for text in sorted(variants):
            offers.put(node, f"{held}[{text}]", "slice", 2.2, is_atom=True)
    else:
        place = code.text(part)
        inner = place if isinstance(part, (ast.Name, ast.Constant, ast.BinOp, ast.Call)) else f"({place})"
        for text in (f"{inner} - 1", f"{inner} + 1", f"-{inner}" if isinstance(part, ast.Name) else f"-({inner})", f"len({held}) - 1 - {code.operand(part)}", f"-1 - {code.operand(part)}"):
            offers.put(node, f"{held}[{text}]", "place", 1.8 if "len" not in text else 3.0, is_atom=True)
        offers.put(node, f"{held}[:{place}]", "slice", 3.0, is_atom=True)
        offers.put(node, f"{held}[{place}:]", "slice", 3.0, is_atom=True)
    offers.put(node, held, "place-drop", 2.6, is_atom=True)


def offer_around(offers, node):
    """What may have been forgotten around an expression: a call, a method, a factor, a sign."""
    code = offers.code
    if not isinstance(node, (ast.Name, ast.Call, ast.BinOp, ast.Subscript, ast.Attribute, ast.ListComp, ast.GeneratorExp, ast.Compare, ast.BoolOp, ast.IfExp)):
        return
    if not isinstance(getattr(node, "ctx", ast.Load()), ast.Load) or not _is_whole(code, node):
        return
    text, whole = code.operand(node), code.text(node)
    is_result = isinstance(code.parents.get(node), (ast.Return, ast.Assign, ast.AugAssign))
    less = 0.0 if is_result else 0.6
    for name in _WRAPS:
        offers.put(node, f"{name}({whole})", "wrap", 2.8 + less, is_atom=True)
    for name in offers.functions:
        offers.put(node, f"{name}({whole})", "wrap", 2.8 + less, is_atom=True)
    for name in _METHODS:
        offers.put(node, f"{text}.{name}()", "wrap", 3.0 + less, is_atom=True)
    offers.put(node, f"{text}[::-1]", "wrap", 2.8 + less, is_atom=True)
    offers.put(node, f"sorted({whole}, reverse=True)", "wrap", 3.2 + less, is_atom=True)
    for key in (*_KEYS[:3], *_own_keys(offers)):
        offers.put(node, f"sorted({whole}, key={key})", "wrap", 3.4 + less, is_atom=True)
    for tail, cost in _TAILS:
        offers.put(node, f"{text} {tail}", "wrap", cost + less)
    offers.put(node, f"-{text}", "wrap", 2.6 + less)
    offers.put(node, f"not {text}", "negation", 2.2 if is_result else 3.0)
    if is_result and not isinstance(node, ast.Name):
        offers.put(node, f"{whole} + 1", "off-by-one", 1.7)
        offers.put(node, f"{whole} - 1", "off-by-one", 1.7)
    for name in offers.unit.visible(node):
        for sign, cost in (("+", 3.0), ("-", 3.0), ("*", 3.2)):
            if name != whole:
                offers.put(node, f"{text} {sign} {name}", "term-add", cost + less)
        if is_result and name != whole:
            offers.put(node, f"max({name}, {whole})", "wrap", 3.4, is_atom=True)
            offers.put(node, f"min({name}, {whole})", "wrap", 3.4, is_atom=True)
    _with_text(offers, node, text, less)


def _with_text(offers, node, text, less):
    """A text put behind it, or between two that are put together."""
    code = offers.code
    for value in offers.texts[:8]:
        offers.put(node, f"{text} + {value!r}", "term-add", 3.6 + less)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        left, right = code.operand(node.left) if not isinstance(node.left, ast.BinOp) else code.text(node.left), code.operand(node.right)
        for value in dict.fromkeys([*offers.texts[:8], ".", " ", ",", "-", "_", ""]):
            if value:
                offers.put(node, f"{left} + {_like(offers, value)} + {right}", "term-add", 2.9)


def _like(offers, value):
    return '"' + value + '"' if value.isprintable() and '"' not in value and "\\" not in value and offers.code.source.count('"') > offers.code.source.count("'") else repr(value)


def _is_whole(code, node):
    """Whether it stands where a whole value does, and not within a longer operation of the same kind."""
    parent = code.parents.get(node)
    if isinstance(parent, ast.Call):
        return node in parent.args
    if isinstance(parent, ast.Attribute):
        return False
    return isinstance(parent, (ast.Return, ast.Assign, ast.AugAssign, ast.Compare, ast.BinOp, ast.Subscript, ast.ListComp, ast.GeneratorExp, ast.SetComp, ast.comprehension, ast.For, ast.Tuple, ast.List, ast.IfExp, ast.Dict, ast.Slice, ast.Yield))


def offer_for_condition(offers, node):
    """What may have been forgotten in a condition, from the function's own conditions and a few that are common."""
    code = offers.code
    text = code.text(node)
    whole = f"({text})" if isinstance(node, (ast.BoolOp, ast.IfExp, ast.Lambda)) else text
    offers.put(node, f"not ({text})" if not isinstance(node, (ast.Name, ast.Call)) else f"not {text}", "negation", 1.3)
    offers.put(node, "True", "condition", 3.0, is_atom=True)
    offers.put(node, "False", "condition", 3.2, is_atom=True)
    for predicate in offers.predicates_for(node):
        for sign in ("and", "or"):
            offers.put(node, f"{whole} {sign} {_bracketed(predicate, sign)}", "condition-add", 3.2)
        offers.put(node, predicate, "condition", 3.6)


def _bracketed(predicate, sign):
    other = "or" if sign == "and" else "and"
    return f"({predicate})" if f" {other} " in predicate or " if " in predicate else predicate


def conditions_in(code, unit):
    """Expressions that decide: tests of statements, of expressions, of comprehensions."""
    for node in unit.nodes:
        if isinstance(node, (ast.If, ast.While, ast.IfExp)):
            yield node.test
        elif isinstance(node, ast.comprehension):
            yield from node.ifs


def offer_for_filter(offers, node):
    """A condition for a comprehension that has none."""
    for generator in node.generators:
        if not generator.ifs:
            _, end = offers.code.span(generator.iter)
            for predicate in offers.predicates_for(node.elt if hasattr(node, "elt") else node.key):
                offers.edit([(end, end, f" if {predicate}")], "filter-add", 3.4, node.lineno, f"only where {predicate}")


def offer_for_display(offers, node):
    """Items left out, or in each other's place."""
    if isinstance(getattr(node, "ctx", ast.Load()), ast.Load) and 0 < len(node.elts) <= 30:
        texts = [offers.code.text(one) for one in node.elts]
        ends = {"List": "[]", "Tuple": "()", "Set": "{}"}[type(node).__name__]
        start, end = offers.code.span(node)
        bare = isinstance(node, ast.Tuple) and offers.code.source[start] != "("
        ends = ("", "") if bare else ends
        for place in range(len(texts)):
            if len(texts) > 2 or ends[0] == "[":
                offers.edit([(start, end, ends[0] + ", ".join(texts[:place] + texts[place + 1 :]) + ends[1])], "item-drop", 2.2, node.lineno, f"{texts[place]} is left out")
        for place in range(min(len(texts), 8) - 1):
            swapped = [*texts[:place], texts[place + 1], texts[place], *texts[place + 2 :]]
            offers.edit([(start, end, ends[0] + ", ".join(swapped) + ends[1])], "item-swap", 1.8, node.lineno, f"{texts[place]} and {texts[place + 1]} change places")


def offer_without_filter(offers, node):
    """A comprehension without its condition."""
    for generator in node.generators:
        for test in generator.ifs:
            start, end = offers.code.span(test)
            before = offers.code.source.rfind(" if ", 0, start + 1)
            if before > 0 and not offers.code.source[before + 4 : start].strip():
                offers.edit([(before, end, "")], "filter-drop", 2.0, node.lineno, f"the condition {offers.code.text(test)[:40]} is left out")
