"""Answers as small models give them: the tests in them are found, and what only looks like code is not taken for it."""

import json

import pytest

from worker.domain.candidate import Candidate
from worker.domain.exchange import Subject
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.python import PythonLanguage
from worker.languages.typescript import TypeScriptLanguage

LANGUAGES = {
    "python": PythonLanguage(),
    "javascript": JavaScriptLanguage(),
    "typescript": TypeScriptLanguage(),
}
SUBJECTS = {
    "python": Subject(source="def add(a, b):\n    return a + b\n", module_name="calc", path="calc.py"),
    "javascript": Subject(
        source="function add(a, b) { return a + b; }\nmodule.exports = { add };\n",
        module_name="calc",
        path="calc.cjs",
    ),
    "typescript": Subject(
        source="export function add(a: number, b: number): number { return a + b; }\n",
        module_name="calc",
        path="calc.ts",
    ),
}
CODE = {
    "python": "def test_{name}():\n    assert calc.add(1, {number}) == {sum}\n",
    "javascript": "test('{name}', () => {{\n  assert.equal(add(1, {number}), {sum});\n}});\n",
    "typescript": "test('{name}', () => {{\n  const sum: number = add(1, {number});\n  assert.equal(sum, {sum});\n}});\n",
}
TAGS = {
    "python": ("python", "py", "Python", "python3"),
    "javascript": ("javascript", "js", "JavaScript"),
    "typescript": ("typescript", "ts", "TypeScript"),
}


def code(language: str, name: str = "one", number: int = 1) -> str:
    return CODE[language].format(name=name, number=number, sum=number + 1)


def found(language: str, answer: str) -> list[Candidate]:
    candidates = LANGUAGES[language].candidates_in(answer, SUBJECTS[language])
    return [one for one in candidates if LANGUAGES[language].fault_in(one) is None]


def names(language: str, answer: str) -> list[str]:
    return [candidate.name.removeprefix("test_") for candidate in found(language, answer)]


@pytest.fixture(params=list(LANGUAGES))
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_fence_counts_and_prose_between_them_does_not(language: str) -> None:
    tag = TAGS[language][0]
    answer = (
        f"Sure! Here are the tests.\n\n```{tag}\n{code(language, 'one', 1)}```\n\nThe second one tests (more):\n"
        f"```{tag}\n{code(language, 'two', 2)}```\nI hope this helps!"
    )
    assert names(language, answer) == ["one", "two"]


def test_the_tag_of_a_fence_may_be_anything_that_models_write(language: str) -> None:
    for tag in (
        *TAGS[language],
        "",
        " ",
        f" {TAGS[language][0]}",
        f'{TAGS[language][0]} title="test_calc"',
        f"{TAGS[language][0]} {{.numberLines}}",
        f"{{.{TAGS[language][0]}}}",
    ):
        assert names(language, f"Here:\n```{tag}\n{code(language)}```\n") == ["one"], tag


def test_tildes_are_a_fence_too_and_so_are_more_than_three_signs(language: str) -> None:
    tag = TAGS[language][0]
    for fence in ("~~~", "~~~~", "````", "`````"):
        answer = f"Here it is, isn't it?\n{fence}{tag}\n{code(language)}{fence}\nDone: that's all (really)."
        assert names(language, answer) == ["one"], fence


def test_a_fence_within_a_fence_does_not_end_it(language: str) -> None:
    inner = {"python": "# ```\n", "javascript": "// ```\n", "typescript": "// ```\n"}[language]
    tag = TAGS[language][0]
    answer = f"````{tag}\n{code(language, 'one', 1)}{inner}{code(language, 'two', 2)}````\n"
    assert names(language, answer) == ["one", "two"]


def test_an_answer_without_a_fence_is_code_if_it_reads_as_code(language: str) -> None:
    assert names(language, code(language)) == ["one"]
    assert names(language, "\ufeff" + code(language)) == ["one"]
    assert names(language, code(language).replace("\n", "\r\n")) == ["one"]


def test_prose_before_and_after_code_without_a_fence_is_left_out(language: str) -> None:
    answer = f"Here is the test that you asked for:\n\n{code(language)}\nThis test checks the sum.\n"
    assert names(language, answer) == ["one"]


def test_an_answer_that_is_cut_off_gives_the_tests_that_were_whole(language: str) -> None:
    whole, torn = code(language, "one", 1), code(language, "two", 2)
    for at in range(8, len(torn) - 8, 7):
        answer = f"```{TAGS[language][0]}\n{whole}\n{torn[:at]}"
        assert "one" in names(language, answer), torn[:at]


def test_a_fence_that_opens_after_prose_or_closes_after_code_counts(language: str) -> None:
    tag = TAGS[language][0]
    assert names(language, f"Here it is: ```{tag}\n{code(language)}```\nBye.") == ["one"]
    if language != "python":
        assert names(language, f"```{tag}\n{code(language).rstrip()}```\nThat is (all) of it.") == ["one"]


def test_a_fence_that_opens_while_another_is_open_ends_that_one(language: str) -> None:
    tag = TAGS[language][0]
    answer = f"```{tag}\n{code(language, 'one', 1)}```{tag}\n{code(language, 'two', 2)}```{tag}\n{code(language, 'three', 3)}"
    assert names(language, answer) == ["one", "two", "three"]


def test_an_indented_fence_in_a_list_counts(language: str) -> None:
    lines = "".join(f"   {line}\n" for line in code(language).splitlines())
    answer = f"1. First, the sum:\n\n   ```{TAGS[language][0]}\n{lines}   ```\n2. That's it.\n"
    assert names(language, answer) == ["one"]


@pytest.mark.parametrize(
    "tag", ["json", "yaml", "yml", "JSON", "toml", "text", "xml", "diff", "bash", "sh", "console"]
)
def test_what_a_fence_says_is_no_code_of_the_language_is_not_taken_for_it(language: str, tag: str) -> None:
    assert found(language, f"```{tag}\n{code(language)}```\n") == []
    both = f"```{tag}\n{code(language, 'no', 5)}```\n```{TAGS[language][0]}\n{code(language, 'yes', 1)}```\n"
    assert names(language, both) == ["yes"]


def test_code_within_json_is_never_taken(language: str) -> None:
    wrapped = {"tests": [{"name": "one", "code": code(language)}], "explanation": "it adds"}
    for answer in (
        json.dumps(wrapped),
        json.dumps(wrapped, indent=2),
        json.dumps(code(language)),
        f"```json\n{json.dumps(wrapped, indent=2)}\n```",
        f"```\n{json.dumps(wrapped, indent=2)}\n```",
    ):
        assert found(language, answer) == [], answer


def test_code_within_yaml_is_never_taken(language: str) -> None:
    block = "".join(f"      {line}\n" for line in code(language).splitlines())
    yaml = f"tests:\n  - name: one\n    code: |\n{block}"
    for answer in (yaml, f"---\n{yaml}", f"```yaml\n{yaml}```", f"```\n{yaml}```"):
        assert found(language, answer) == [], answer
    flat = f"code: |\n{''.join(f'  {line}' + chr(10) for line in code(language).splitlines())}"
    for answer in (flat, f"```yaml\n{flat}```", f"```\n{flat}```", f"---\n{flat}"):
        assert found(language, answer) == [], answer


def test_escaped_html_is_no_code(language: str) -> None:
    answer = code(language).replace("'", "&#39;").replace("=>", "=&gt;").replace("==", "&#61;&#61;")
    assert found(language, f"<pre><code>{answer}</code></pre>") == []


def test_another_languages_code_is_no_test_of_this_one(language: str) -> None:
    for other in LANGUAGES:
        if (language == "python") != (other == "python"):
            assert found(language, f"```{TAGS[other][0]}\n{code(other)}```\n") == []
            assert found(language, code(other)) == []


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "I can't help with that.",
        "```",
        "``` ```",
        "~~~\n~~~",
        "`" * 10_000,
        "```\n" * 5_000,
        "~~~\n```\n" * 3_000,
        "(" * 50_000,
        "\x00\ud800",
        "- " * 20_000,
    ],
)
def test_an_answer_without_a_test_gives_none_and_takes_no_time(language: str, answer: str) -> None:
    assert found(language, answer) == []
