"""What the worker can do: languages, engines with their guards, the router over them, and the fleet's memory."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

import httpx

from worker.domain.errors import WorkerError
from worker.domain.job import JobKind
from worker.domain.routing import arm_name
from worker.engines.builtin import BuiltinEngine
from worker.engines.guarded import GuardedEngine, GuardPolicy
from worker.engines.ollama import OllamaEngine
from worker.engines.router import LearningRouter
from worker.generation.pipeline import Support, TestPipeline
from worker.generation.prompting import Prompts
from worker.generation.remembering import Memories, RememberingPipeline
from worker.languages.formatting import Prettier
from worker.languages.javascript import JavaScriptLanguage
from worker.languages.javascript_repair import JavaScriptRepair
from worker.languages.python import PythonLanguage
from worker.languages.python_repair import PythonRepair
from worker.languages.typescript import TypeScriptLanguage
from worker.languages.typescript_repair import TypeScriptRepair
from worker.ports import Clock, Engine, Language, Pipeline
from worker.repair.fanout import FanOutPipeline, FanOutPolicy
from worker.repair.pipeline import RepairPipeline
from worker.runtime.tracing import TracedEngine, TracedSandbox
from worker.sandboxes.levels import open_sandbox
from worker.wiring.repository import with_repositories
from worker.wiring.rig import Rig, in_background

KEEP_FILES = frozenset({"uid", "landlock", "namespaces"})
"""Layers of which each keeps untrusted code from what the worker can read."""
DIGEST_SECONDS = 60.0
"""How long the digests of an engine's models are believed."""


@dataclass(frozen=True, kw_only=True)
class Work:
    """What the runtime is built around."""

    engine: Engine
    """For the gateway."""
    pipelines: Mapping[JobKind, Pipeline]
    """For the consumer."""


async def build_work(rig: Rig, stack: AsyncExitStack) -> Work:
    """Put languages, engines and pipelines together; raises SandboxUnavailable where the host can't hold untrusted code."""
    untraced = await open_sandbox(rig.settings.sandbox)
    stack.callback(untraced.close)
    _tell_layers(rig, untraced.layers)
    sandbox = TracedSandbox(untraced, tracer=rig.tracer)
    languages: list[Language] = [PythonLanguage(), *_node_languages()]
    builtin = TracedEngine(BuiltinEngine(languages=languages, sandbox=sandbox), tracer=rig.tracer)
    engines = await _engines(rig, builtin, stack)
    is_replaced = rig.settings.engine == "ollama" and rig.settings.engine_fallback == "builtin"
    fallback = [builtin] if is_replaced else []
    prompts = Prompts()
    router = _router(rig, engines)
    support = Support(
        router=router, fallback=builtin if is_replaced else None, knowledge=rig.shared.knowledge
    )
    pipeline: Pipeline = TestPipeline(
        engine=engines[0],
        languages=languages,
        sandbox=sandbox,
        clock=rig.clock,
        prompts=prompts,
        support=support,
    )
    if rig.settings.memory == "on":
        fingerprint = Fingerprint([*engines, *fallback], prompts=prompts, clock=rig.clock)
        pipeline = RememberingPipeline(
            pipeline, memories=_memories(rig), fingerprint=fingerprint, clock=rig.clock
        )
    fixing = RepairPipeline(
        languages=[PythonRepair(), JavaScriptRepair(), TypeScriptRepair()],
        sandbox=sandbox,
        clock=rig.clock,
        router=router,
    )
    pipelines = await with_repositories(testing=pipeline, fixing=fixing, rig=rig, stack=stack)
    pipelines[JobKind.FIX] = _fanning_out(fixing, rig, repositories=pipelines[JobKind.FIX])
    return Work(engine=engines[0], pipelines=pipelines)


def _fanning_out(fixing: RepairPipeline, rig: Rig, *, repositories: Pipeline) -> FanOutPipeline:
    return FanOutPipeline(
        fixing,
        repositories=repositories,
        children=rig.shared.children,
        artifacts=rig.shared.stores.artifacts,
        clock=rig.clock,
        policy=FanOutPolicy(patience_seconds=rig.settings.job_timeout_seconds),
    )


def _router(rig: Rig, engines: Sequence[Engine]) -> LearningRouter:
    return LearningRouter(
        engines,
        knowledge=rig.shared.knowledge,
        random=Random(),  # noqa: S311 - nothing secret
        is_drawn=rig.settings.engine == "auto",
    )


def _tell_layers(rig: Rig, layers: Sequence[str]) -> None:
    rig.telemetry.info("the sandbox holds", layers=", ".join(layers))
    if not KEEP_FILES.intersection(layers):
        rig.telemetry.warning("nothing but its rights keeps untrusted code from the files of this host")


async def _engines(rig: Rig, builtin: Engine, stack: AsyncExitStack) -> list[Engine]:
    """Return the wanted engines, from cheap to strong, and have their models loaded while nothing has to wait for it."""
    settings = rig.settings
    if settings.engine == "builtin":
        return [builtin]
    client = await stack.enter_async_context(httpx.AsyncClient(base_url=settings.ollama_url))
    guards = GuardPolicy(
        worker_id=rig.worker_id,
        concurrency=settings.model_concurrency,
        fleet_concurrency=settings.engine_concurrency,
        pause_seconds=settings.engine_pause_seconds,
    )
    models: list[Engine] = []
    for name in settings.models:
        ollama = OllamaEngine(client=client, model=name)
        in_background(_warm_up(ollama, rig), stack)
        guarded = GuardedEngine(
            ollama,
            policy=guards,
            knowledge=rig.shared.knowledge,
            slots=rig.shared.slots,
            clock=rig.clock,
            random=Random(),  # noqa: S311 - nothing secret
        )
        models.append(TracedEngine(guarded, tracer=rig.tracer))
    return [builtin, *models] if settings.engine == "auto" else models


async def _warm_up(engine: OllamaEngine, rig: Rig) -> None:
    try:
        await engine.warm_up()
    except WorkerError as error:
        rig.telemetry.warning(
            "the model could not be loaded ahead", engine=engine.identity.model, error=error
        )


def _memories(rig: Rig) -> Memories:
    return Memories(
        knowledge=rig.shared.knowledge,
        artifacts=rig.shared.stores.artifacts,
        owner=rig.worker_id,
        count=lambda answer: rig.telemetry.count("cache", answer=answer),
    )


class Fingerprint:
    """Tells engines, their models and the prompts apart; asks the engines once a minute."""

    def __init__(self, engines: Sequence[Engine], *, prompts: Prompts, clock: Clock) -> None:
        """Speak of these."""
        self._engines = engines
        self._prompts = prompts
        self._clock = clock
        self._known = ""
        self._known_at = float("-inf")

    async def __call__(self) -> str:
        """Return the fingerprint; raises EngineUnavailable."""
        now = self._clock.monotonic()
        if now - self._known_at > DIGEST_SECONDS:
            digests = await asyncio.gather(*(_digest(engine) for engine in self._engines))
            self._known, self._known_at = "|".join([*digests, self._prompts.version]), now
        return self._known


async def _digest(engine: Engine) -> str:
    identity = engine.identity
    names = (identity.model, f"{identity.model}:latest")
    for model in await engine.models():
        if model.get("name") in names:
            return f"{arm_name(identity.name, identity.model)}@{model.get('digest', '')}"
    return f"{arm_name(identity.name, identity.model)}@none"


def _node_languages() -> list[Language]:
    prettier = Prettier()
    if not prettier.is_present:
        logging.getLogger("worker.languages").warning(
            "prettier is not installed: the tests of JavaScript and TypeScript are right, but not laid out"
        )
    return [JavaScriptLanguage(prettier), TypeScriptLanguage(prettier)]
