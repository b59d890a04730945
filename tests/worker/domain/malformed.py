"""Message bodies of every kind, most of them wrong, as Hypothesis strategies."""

import json

from hypothesis import strategies as st

ANY_TEXT = st.text(st.characters(), max_size=40)  # lone surrogates, NUL and control characters included
BYTES_AS_TEXT = st.binary(max_size=200).map(lambda raw: raw.decode("latin-1"))
ODD_VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**30, max_value=10**40),
    st.floats(),
    ANY_TEXT,
    st.sampled_from(
        ["python", "cobol", "", " ", "\x00", "\ud800", "a\r\nb", "../../x", "9" * 5000, "d/" * 3000]
    ),
    st.lists(ANY_TEXT, max_size=3),
    st.dictionaries(ANY_TEXT, st.integers(), max_size=3),
)
ANY_JSON = st.recursive(
    ODD_VALUES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3),
    max_leaves=12,
)
_KINDS = st.just("test") | ODD_VALUES
_CODE = st.just("def f(a):\n    return a\n") | ODD_VALUES
_LANGUAGE = st.sampled_from(["python", "javascript", "typescript", "cobol"]) | ODD_VALUES
_MOMENTS = (
    st.datetimes().map(lambda moment: moment.isoformat() + "+00:00")
    | st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-11-25T13:00:00Z"])
    | ODD_VALUES
)
_KEYS = (
    st.sampled_from(["payloads/j-1.json", "payloads/gone.json", "payloads/other.json", "../secret"])
    | ODD_VALUES
)
OBJECTS = st.fixed_dictionaries(
    {},
    optional={
        "type": _KINDS,
        "code": _CODE,
        "language": _LANGUAGE,
        "job_id": st.sampled_from(["j-1", "gone"]) | ODD_VALUES,
        "payload_key": _KEYS,
        "path": ODD_VALUES,
        "batch_id": ODD_VALUES,
        "priority": ODD_VALUES,
        "seed": ODD_VALUES,
        "budget_seconds": ODD_VALUES,
        "targets": ODD_VALUES,
        "repository": ODD_VALUES,
        "not_before": _MOMENTS,
        "retry_of": ODD_VALUES,
        "traceparent": ODD_VALUES,
        "unknown": ANY_JSON,
    },
)
_MOSTLY_SOUND = OBJECTS.map(
    lambda fields: {"type": "test", "code": "def f(a):\n    return a\n", "language": "python", **fields}
)
_TORN = st.builds(lambda body, at: body[: at % (len(body) + 1)], OBJECTS.map(json.dumps), st.integers(0, 999))
_DEEP = st.builds(
    lambda start, depth: '{"type":"test","x":' + start * depth,
    st.sampled_from(["[", '{"a":']),
    st.integers(1, 9999),
)
BODIES = st.one_of(
    ANY_TEXT,
    BYTES_AS_TEXT,
    ANY_JSON.map(json.dumps),
    OBJECTS.map(json.dumps),
    _MOSTLY_SOUND.map(json.dumps),
    _MOSTLY_SOUND.map(lambda fields: json.dumps(fields, ensure_ascii=False)),
    OBJECTS.map(lambda fields: "\ufeff" + json.dumps(fields)),
    _TORN,
    _DEEP,
)
