"""simulate: the production scaling policy beside its peers, on known workloads or on a load of one's own."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from automation.cli.console import Screen
from automation.cli.options import json_option
from automation.cli.simulation_tables import drawn
from automation.cli.spans import SPAN
from automation.errors import UsageFault
from automation.simulation.offers import TYPES, Offer, offers
from automation.simulation.recommendation import recommend
from automation.simulation.report import report
from automation.simulation.trace import read_trace
from automation.simulation.workload import Workload
from automation.simulation.workloads import WORKLOADS, workload
from components.prices import read_prices
from worker.domain.errors import SettingsInvalid
from worker.domain.scaling import ScalingPolicy

DEFAULT_TYPE = "ecs-fargate"


@click.command()
@click.option(
    "--workload",
    "names",
    multiple=True,
    type=click.Choice(list(WORKLOADS)),
    help="Known workload, W1 by default; may be repeated.",
)
@click.option(
    "--trace",
    "trace_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A load of your own instead: CSV, in each line a time and the seconds of a job.",
)
@click.option(
    "--slo",
    "slo_seconds",
    type=SPAN,
    default="5m",
    show_default=True,
    help="A job should begin within this time.",
)
@click.option(
    "--type",
    "compute",
    type=click.Choice(TYPES),
    help="Type of compute, ecs-fargate by default; with --trace all of them are tried.",
)
@click.option(
    "--maximum",
    type=click.IntRange(1, 200),
    default=10,
    show_default=True,
    help="Most workers, of any scaler.",
)
@click.option("--idle", "idle_seconds", type=SPAN, help="Idle timer; by default learned from past pauses.")
@click.option("--seeds", type=click.IntRange(1, 100), default=10, show_default=True, help="Repetitions.")
@click.option(
    "--price-per-hour", "usd_per_hour", type=click.FloatRange(0), help="USD for one worker of --type."
)
@click.option(
    "--plot",
    "plot_path",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write a chart of cost and wait (PNG), of the first workload.",
)
@json_option
def simulate(
    *, trace_path: Path | None, plot_path: Path | None, names: Sequence[str], is_json: bool, **given: Any
) -> None:
    """Simulate how the fleet would scale, beside other scalers with their documented defaults.

    The same options always give the same figures. Costs are those of compute alone.
    """
    screen = Screen(is_json=is_json)
    policy, known = _policy(given), _priced()
    chosen = _chosen(known, given["compute"], given["usd_per_hour"])
    if plot_path and not plot_path.absolute().parent.is_dir():
        raise _refused(f"there is no folder for {plot_path}")
    loads = [_trace(trace_path, given["seeds"])] if trace_path else _known(names, given["seeds"])
    offer = known[DEFAULT_TYPE] if given["compute"] in {None, "lambda"} else chosen[given["compute"]]
    reports = [report(load, policy, offer, known["lambda"], say=screen.note) for load in loads]
    recommendation = None
    if trace_path:
        screen.note("Trying types, maxima and idle timers ...")
        recommendation = recommend(loads[0][0], policy, chosen)
    if plot_path:
        plot_path.write_bytes(reports[0].chart())
        screen.note(f"Chart written to {plot_path}")
    screen.result(
        [one.to_dict(recommendation) for one in reports], lambda: drawn(reports, recommendation, chosen)
    )


def _policy(given: dict[str, Any]) -> ScalingPolicy:
    try:
        return ScalingPolicy(
            maximum=given["maximum"], slo_seconds=given["slo_seconds"], idle_seconds=given["idle_seconds"]
        )
    except SettingsInvalid as fault:
        raise _refused(str(fault)) from fault


def _priced() -> dict[str, Offer]:
    try:
        return offers(read_prices())
    except ValueError as fault:
        raise _refused(str(fault)) from fault


def _chosen(offered: dict[str, Offer], compute: str | None, usd_per_hour: float | None) -> dict[str, Offer]:
    if compute is None:
        if usd_per_hour is not None:
            raise _refused("--price-per-hour is the price of one type: name it with --type")
        return offered
    known = offered[compute]
    if usd_per_hour is None:
        return {compute: known}
    return {
        compute: Offer(
            usd_per_hour=usd_per_hour, start_seconds=known.start_seconds, source="--price-per-hour"
        )
    }


def _known(names: Sequence[str], seeds: int) -> list[list[Workload]]:
    return [[workload(name, seed) for seed in range(seeds)] for name in names or ("W1",)]


def _trace(path: Path, seeds: int) -> list[Workload]:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        return [read_trace(lines, name=path.name)] * seeds


def _refused(text: str) -> UsageFault:
    return UsageFault(text, next_step="python -m automation simulate --help", reference="usage")
