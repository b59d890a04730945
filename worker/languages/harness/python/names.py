"""What a name says of the values it stands for."""

import re

_BY_NAME = (
    (r"text|string|str|s|name|word|msg|message|line|sentence|pattern|prefix|suffix|kind|type|currency|account|city|email|user(name)?|sep|delimiter|title|label|path|instream|expr(ession)?", "str"),
    (r"words|lines|names|strings|tokens|parts|split_command|strs", "list_str"),
    (r"n|i|j|k|m|count|num|number|size|width|length|limit|index|idx|times|age|id|year|month|day|max_.*|min_.*|depth|level|lo|hi|start|end|stop|step", "int"),
    (r"x|y|z|r|g|b|h|v|q|a|c|d|t|value|val|ratio|rate|amount|price|cost|total|balance|score|quantity|weight|height|radius|angle|lat|lon|red|green|blue", "number"),
    (r"arr|array|list|lst|nums|numbers|items|values|seq|sequence|data|xs|elements|sorted_.*|collection|coll", "list_int"),
    (r"matrix|grid|board|rows|points|edges|intervals", "list_list"),
    (r"d|dct|dict|mapping|counts|config|options|table", "dict"),
    (r"f|fn|func|function|callback|key|predicate|pred|cmp", "call"),
    (r"is_.*|has_.*|.*_flag|verbose|strict|reverse|posix|comments|should_.*", "bool"),
    (r".*stream|file|fp|fh", "stream"),
)


def kinds_by_name(name):
    """Kinds of value that such a name mostly has."""
    text = name.lower().strip("_")
    return [kind for pattern, kind in _BY_NAME if re.fullmatch(pattern, text)]
