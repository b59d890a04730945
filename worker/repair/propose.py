"""Where patches come from, in the order of what they cost: rules, small changes, engines. Whoever proposes, the same tests judge."""

from collections.abc import Sequence
from dataclasses import replace

from worker.domain.diagnosis import Diagnosis, FaultClass, Location
from worker.domain.errors import EngineUnavailable, PromptRejected
from worker.domain.exchange import Budget, EngineRequest
from worker.domain.patch import Patch, Trial, between
from worker.domain.result import Turn
from worker.domain.routing import job_class
from worker.ports import Engine, Router
from worker.repair.grounds import by_grounds
from worker.repair.prompting import RepairPrompts
from worker.repair.verdicts import is_nearer
from worker.repair.work import RepairWork

ENGINES, ASKED = 3, 2
"""So many engines are asked at most, each so often: the same answer twice ends its turn."""
_TRY_SHARE, _SEARCH_SHARE, _ENGINE_SHARE = 0.25, 0.75, 0.4
_TRY_SECONDS = 30.0
"""A handful of patches is always tried to the end: each is bounded by its own steps and time."""
_NOWHERE = 1_000_000_000
"""A line that no source has: it keeps what is suspicious in a share on the scale of the whole."""
_UNSEARCHED = frozenset({FaultClass.LINT, FaultClass.TYPE})
"""Found without running anything: no test tells a small change that mends them."""


async def by_rule(work: RepairWork) -> None:
    """Ask the language's own fixers; what mends only the first of two faults becomes the ground for a search."""
    language, budget = work.language, work.budget(_TRY_SHARE, least=_TRY_SECONDS)
    patches = work.fresh(await language.fixes(work.broken, work.diagnosis, work.sandbox, budget))
    if not patches:
        return
    work.say(f"{len(patches)} patches by rule: {'; '.join(patch.description for patch in patches[:5])}")
    if not work.has_run_tests:
        await _without_tests(work, patches)
        return
    trials = await language.try_all(work.broken, patches, work.sandbox, budget)
    if not work.take(trials) and work.diagnosis.failing == ("(load)",):
        await _behind(work, trials)
    work.nearer += [trial for trial in trials if is_nearer(trial, work.diagnosis)]


async def _without_tests(work: RepairWork, patches: list[Patch]) -> None:
    """Where only a log tells of a fault, the tools that told have the word."""
    for patch in patches:
        proof = await work.language.prove(
            work.broken, patch, work.sandbox, work.budget(_TRY_SHARE, least=_TRY_SECONDS)
        )
        name = work.diagnosis.fault.value
        passed, failed = (
            (frozenset({name}), frozenset()) if proof.is_passed else (frozenset(), frozenset({name}))
        )
        work.take([Trial(patch=patch, passed=passed, failed=failed, detail=proof.detail)])


async def _behind(work: RepairWork, trials: Sequence[Trial]) -> None:
    """The code loads now, but tests fail: look for a small change of what the rule made, and offer both as one."""
    loading = [trial for trial in trials if trial.failed != frozenset({"(load)"})]
    if not loading:
        return
    first, source = loading[0].patch, work.broken.subject.source
    mended = first.applied_to(source)
    halfway = replace(work.broken, subject=replace(work.broken.subject, source=mended))
    budget = work.budget(_SEARCH_SHARE)
    diagnosis = await work.language.diagnose(
        halfway, work.sandbox, work.budget(_TRY_SHARE, least=_TRY_SECONDS)
    )
    work.say(f"after {first.description}: {diagnosis.summary}")
    work.diagnosis = replace(work.diagnosis, checks=diagnosis.checks)
    found = await work.language.search(halfway, diagnosis, work.sandbox, budget, most=8)
    work.tried += found.tried
    work.take(
        [
            replace(
                trial,
                patch=replace(
                    first,
                    edits=between(source, trial.patch.applied_to(mended)),
                    description=f"{first.description}; {trial.patch.description}",
                    operator=f"{first.operator}+{trial.patch.operator}",
                    cost=first.cost + trial.patch.cost,
                ),
            )
            for trial in found.trials
        ]
    )


async def by_search(work: RepairWork, *, most: int) -> None:
    """Try small changes without a model; where none passes every test, what mends a part of them is the ground for more."""
    if work.diagnosis.fault in _UNSEARCHED or not work.has_run_tests:
        return
    budget, share = work.budget(_SEARCH_SHARE), work.job.share
    until = work.clock.monotonic() + budget.seconds
    diagnosis = work.diagnosis if share is None else within(work.diagnosis, share.lines)
    found = await work.language.search(work.broken, diagnosis, work.sandbox, budget, most=most)
    work.tried += found.tried
    work.is_exhausted = found.is_exhausted
    count = work.take(
        [trial for trial in found.trials if not work.language.objection_to(trial.patch, work.broken)]
    )
    end = "as many as were wanted" if found.is_exhausted else "until the time was over"
    work.say(f"{found.tried} small changes tried ({end}): {count} pass every test")
    for note in found.notes[:5]:
        work.say(note)
    work.nearer += found.nearer
    if not work.green and work.nearer:
        await by_grounds(work, work.nearer, until=until)


async def by_hand(work: RepairWork, patches: Sequence[Patch]) -> None:
    """Try patches that somebody else found, likeliest first: his word is no evidence."""
    if not work.has_run_tests:
        await _without_tests(work, work.fresh(sorted(patches, key=lambda patch: patch.cost)))
        return
    budget = work.budget(_TRY_SHARE, least=_TRY_SECONDS)
    fresh = work.fresh(sorted(patches, key=lambda patch: patch.cost))
    count = work.take(await work.language.try_all(work.broken, fresh, work.sandbox, budget))
    work.say(f"{len(fresh)} patches of child jobs tried here: {count} pass every test")


def within(diagnosis: Diagnosis, lines: Sequence[int]) -> Diagnosis:
    """Have only these lines be suspicious, as much as they are; what passes is judged by the whole diagnosis all the same."""
    meant = frozenset(lines)
    kept = [place for place in diagnosis.locations if place.line in meant]
    most = max((place.suspicion for place in diagnosis.locations), default=0.0)
    return replace(diagnosis, locations=(*kept, Location(line=_NOWHERE, suspicion=most)))


def class_of(work: RepairWork) -> str:
    """Name the class by which engines are chosen."""
    return f"fix-{job_class(work.language.name, work.broken.subject.source)}"


async def models_for(kind: str, router: Router) -> tuple[Engine, ...]:
    """Return the language models that may be asked, from cheap to strong."""
    return tuple(engine for engine in await router.route(kind) if engine.identity.kind == "llm")[:ENGINES]


async def by_engines(
    work: RepairWork, router: Router, prompts: RepairPrompts, *, only: str | None = None
) -> None:
    """Ask language models, from cheap to strong, until one of their patches passes; or only one of them."""
    kind = class_of(work)
    for engine in await models_for(kind, router):
        if only is not None and engine.identity.model != only:
            continue
        started = work.clock.monotonic()
        kept, asked, proposed, end = await _turn(work, engine, prompts)
        seconds = work.clock.monotonic() - started
        identity = engine.identity
        work.turns.append(
            Turn(
                engine=identity.name,
                kind=identity.kind,
                model=identity.model,
                end=end,
                asked=asked,
                proposed=proposed,
                kept=kept,
                seconds=round(seconds, 3),
            )
        )
        if end != "unavailable":
            await router.learn(kind, engine, is_kept=kept > 0, seconds=seconds)
        if kept:
            return


async def _turn(work: RepairWork, engine: Engine, prompts: RepairPrompts) -> tuple[int, int, int, str]:
    """Return patches kept, times asked, patches proposed, and how it ended."""
    kept = asked = proposed = 0
    prompt = prompts.for_fix(work.language.name, work.broken, work.diagnosis)
    for turn in range(ASKED):
        request = EngineRequest(
            prompt=prompt,
            subject=work.broken.subject,
            language=work.language.name,
            budget=Budget(seconds=work.budget(_ENGINE_SHARE).seconds, seed=work.job.seed + turn),
        )
        try:
            completion = await engine.generate(request)
        except PromptRejected:
            return kept, asked, proposed, "refused"
        except EngineUnavailable as error:
            work.say(f"{engine.identity.model} did not answer: {error}")
            return kept, asked, proposed, "unavailable"
        asked += 1
        work.usage += completion.usage
        found = work.language.patches_in(completion.text, work.broken)
        proposed += len(found)
        fresh = work.fresh(found)
        work.say(
            f"{engine.identity.model} proposed {len(found)} patches, {len(fresh)} of them fit to be tried"
        )
        kept += work.take(
            await work.language.try_all(
                work.broken, fresh, work.sandbox, work.budget(_TRY_SHARE, least=_TRY_SECONDS)
            )
        )
        if kept:
            return kept, asked, proposed, "proved"
    return kept, asked, proposed, "nothing_kept"
