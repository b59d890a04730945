"""engines: which engine serves which jobs, how they are, how often the memory had the answer."""

from dataclasses import asdict

import click
from rich.console import Group, RenderableType

from automation.cli.console import Screen, bar, literal, table
from automation.cli.options import environment_option, json_option
from automation.cli.queue import ago
from automation.cli.session import Session
from automation.fleet.engines import EnginesView
from automation.fleet.engines import engines as fleet_engines


@click.command()
@environment_option
@json_option
def engines(environment: str, *, is_json: bool) -> None:
    """Show which engine serves which jobs, how each is, and what the memory knew."""
    session = Session(environment, Screen(is_json=is_json))
    view = fleet_engines(session.access, session.outputs)
    session.screen.result(asdict(view), lambda: _drawn(view))


def _drawn(view: EnginesView) -> RenderableType:
    if not view.arms:
        return "No engine has had a job yet. Next: python -m automation submit FILE"
    parts: list[RenderableType] = [_arms(view)]
    if view.memory:
        parts += ["", _memory(view)]
    parts += ["", *_health(view)] if view.health else []
    return Group(*parts)


def _arms(view: EnginesView) -> RenderableType:
    result = table("jobs", "~engine", ">tried", ">kept", "share", ">seconds each")
    for arm in view.arms:
        share = arm.kept / max(arm.tried, 1)
        result.add_row(
            literal(arm.job_class),
            literal(arm.arm),
            str(arm.tried),
            str(arm.kept),
            f"{bar(share)} {share:.0%}",
            f"{arm.seconds_each:.1f}",
        )
    return result


def _memory(view: EnginesView) -> RenderableType:
    result = table("jobs", ">asked the memory", ">it knew", "share")
    for memory in view.memory:
        share = memory.hits / max(memory.asked, 1)
        result.add_row(
            literal(memory.job_class), str(memory.asked), str(memory.hits), f"{bar(share)} {share:.0%}"
        )
    return result


def _health(view: EnginesView) -> list[str]:
    return [
        f"[red]{literal(health.arm)}[/] failed {health.failures} times in a row"
        + (f"; nobody asks it for {ago(health.closed_for_seconds)} more" if health.closed_for_seconds else "")
        if health.failures
        else f"{literal(health.arm)} is well again"
        for health in view.health
    ]
