"""The built-in engine is named for what it is and works by exploring."""

import pytest

from tests.fakes.sandbox import FakeSandbox
from tests.worker.generation.speaking import SpeakingLanguage
from worker.domain.errors import PromptRejected
from worker.domain.exchange import Budget, EngineRequest, Subject
from worker.engines.builtin import BuiltinEngine
from worker.languages.python import PythonLanguage


def request(code: str, language: str) -> EngineRequest:
    subject = Subject(source=code, module_name="subject", path="subject.py")
    return EngineRequest(prompt=code, subject=subject, language=language, budget=Budget(seconds=1))


async def test_it_says_that_it_is_no_language_model() -> None:
    engine = BuiltinEngine(languages=[SpeakingLanguage()], sandbox=FakeSandbox())
    assert (engine.identity.kind, engine.identity.model) == ("deterministic", "builtin-chargen:2")
    (model,) = await engine.models()
    assert model["name"] == "builtin-chargen:2"
    assert model["details"] == {
        "format": "none",
        "family": "rule-engine",
        "parameter_size": "0",
        "quantization_level": "none",
    }


async def test_its_answer_is_what_exploring_the_code_found() -> None:
    engine = BuiltinEngine(languages=[SpeakingLanguage()], sandbox=FakeSandbox())
    completion = await engine.generate(request("f g", "speaking"))
    assert completion.text == "explored"
    assert completion.usage.sandbox_runs == 1
    assert completion.usage.prompt_tokens == 0


@pytest.mark.parametrize(
    ("prompt", "language", "reason"),
    [
        ("Please write a poem about the sea.", "python", "does not parse as python"),
        ("x = 1", "python", "no function and no class"),
        ("fn main() {}", "rust", "'rust' is none of them"),
    ],
)
async def test_a_prompt_without_code_is_refused_with_what_it_takes(
    prompt: str, language: str, reason: str
) -> None:
    engine = BuiltinEngine(languages=[PythonLanguage()], sandbox=FakeSandbox())
    with pytest.raises(PromptRejected, match="not a language model") as caught:
        await engine.generate(request(prompt, language))
    assert reason in str(caught.value)
