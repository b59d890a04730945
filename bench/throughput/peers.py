"""The workers that are measured: how each is started, and what sends a job that it understands."""

import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
PEERS_PYTHON = ROOT / ".ddf" / "bench-venv" / "bin" / "python"
"""Made by `make bench-setup`; ours and the server's clients run on the product's own."""


@dataclass(frozen=True, kw_only=True)
class Peer:
    """One row of the tables."""

    name: str
    """Row name; also that of its queue."""
    arguments: tuple[str, ...]
    """After `python -m`; `{pool}` stands for the mode's number of prefork processes."""
    sender: str | None = None
    """Module that sends one job in the peer's own form; None where a job is plain JSON."""
    env: dict[str, str] = field(default_factory=dict)
    """More variables."""
    python: Path = PEERS_PYTHON
    """The interpreter."""
    lanes: int = 1
    """Queues that it polls."""
    is_fast: bool = False
    """Gets more messages, so that it runs for seconds, too."""
    is_limit: bool = False
    """No peer to beat but what is possible."""


def _celery(name: str, *arguments: str, prefetch: int = 1) -> Peer:
    return Peer(
        name=name,
        arguments=(
            *("celery", "-A", "bench.throughput.celery_peer", "worker", "--loglevel", "ERROR"),
            *("--without-gossip", "--without-mingle", "--without-heartbeat", *arguments),
        ),
        sender="bench.throughput.celery_peer",
        env={"BENCH_PREFETCH": str(prefetch)},
    )


def _taskiq(name: str, **env: str) -> Peer:
    return Peer(
        name=name,
        arguments=(
            *("taskiq", "worker", "bench.throughput.taskiq_peer:broker", "--log-level", "ERROR"),
            *("--workers", "1", "--max-async-tasks", "100"),
        ),
        sender="bench.throughput.taskiq_peer",
        env=env,
    )


def _dramatiq(name: str, *, processes: int, threads: int) -> Peer:
    return Peer(
        name=name,
        arguments=(
            *("dramatiq", "bench.throughput.dramatiq_peer", "--skip-logging"),
            *("-p", str(processes), "-t", str(threads)),
        ),
        sender="bench.throughput.dramatiq_peer",
    )


def _limit(name: str, *, receivers: int, ahead: int) -> Peer:
    arguments = ("bench.throughput.limit", "--receivers", str(receivers), "--ahead", str(ahead))
    return Peer(name=name, arguments=arguments, is_fast=True, is_limit=True)


OURS = Peer(
    name="ours", arguments=("bench.throughput.ours",), python=Path(sys.executable), lanes=3, is_fast=True
)

PEERS = (
    OURS,
    Peer(name="naive", arguments=("bench.throughput.naive",)),
    _celery("celery-prefork", "-P", "prefork", "-c", "{pool}", prefetch=4),
    _celery("celery-threads", "-P", "threads", "-c", "100"),
    _celery("celery-gevent", "-P", "gevent", "-c", "100"),
    _taskiq("taskiq"),
    _dramatiq("dramatiq-1x100", processes=1, threads=100),
    _dramatiq("dramatiq-2x8", processes=2, threads=8),
    _limit("limit-2", receivers=2, ahead=0),
    _limit("limit-4", receivers=4, ahead=0),
    _limit("limit-1-ahead", receivers=1, ahead=20),
)

WARMING = next(peer for peer in PEERS if peer.name == "limit-4")
"""Runs once before the rounds, untimed."""

HEARTBEATING = _taskiq("taskiq-heartbeat", BENCH_HEARTBEAT="1")
"""Only where jobs outlast the visibility timeout does this setting matter."""
