"""Tables and ratios, as text."""

import statistics
from collections.abc import Mapping, Sequence

from bench.throughput.peers import OURS, PEERS
from bench.throughput.process import Run

_LIMITS = {peer.name for peer in PEERS if peer.is_limit}


def table(rows: Mapping[str, Mapping[str, object]]) -> str:
    """Lay out rows of equal columns."""
    columns = list(dict.fromkeys(name for row in rows.values() for name in row))
    lines = [["worker", *columns]]
    lines += [[name, *(str(row.get(column, "")) for column in columns)] for name, row in rows.items()]
    widths = [max(len(line[at]) for line in lines) for at in range(len(columns) + 1)]
    return "\n".join(
        "  ".join(
            [line[0].ljust(widths[0]), *(cell.rjust(w) for cell, w in zip(line[1:], widths[1:], strict=True))]
        )
        for line in lines
    )


def rate(runs: Sequence[Run]) -> float:
    return statistics.median(run.messages / run.seconds for run in runs)


def drains(runs: Mapping[str, Sequence[Run]], requests: Mapping[str, float]) -> str:
    """Tell the medians of timed runs, and how ours stands beside the others."""
    rows: dict[str, dict[str, object]] = {}
    for name, measured in runs.items():
        rates = sorted(run.messages / run.seconds for run in measured)
        rows[name] = {
            "jobs/s": f"{rate(measured):.0f}",
            "min…max": f"{rates[0]:.0f}…{rates[-1]:.0f}",
            "CPU us/job": f"{_median(measured, 'worker_seconds', per_job=True) * 1e6:.0f}",
            "server us/job": f"{_median(measured, 'server_seconds', per_job=True) * 1e6:.0f}",
            "requests/job": f"{requests[name]:.2f}" if name in requests else "",
            "RSS MiB": f"{_median(measured, 'resident_mib'):.0f}",
            "noise cores": f"{_median(measured, 'noise_cores'):.2f}",
        }
    return "\n".join([table(rows), *_ratios(runs)])


def _median(runs: Sequence[Run], field: str, *, per_job: bool = False) -> float:
    return statistics.median(getattr(run, field) / (run.messages if per_job else 1) for run in runs)


def _ratios(runs: Mapping[str, Sequence[Run]]) -> list[str]:
    if OURS.name not in runs:
        return []
    ours = rate(runs[OURS.name])
    others = {name: rate(measured) for name, measured in runs.items() if name != OURS.name}
    peers = {name: each for name, each in others.items() if name not in _LIMITS}
    lines = []
    if peers:
        best = max(peers, key=lambda name: peers[name])
        lines.append(f"ours / best peer ({best}): {ours / peers[best]:.2f}")
    lines += [f"ours / {name}: {ours / each:.2f}" for name, each in others.items() if name in _LIMITS]
    return lines
