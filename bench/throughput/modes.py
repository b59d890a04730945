"""What is measured, one function a mode. Modes that only wait watch all workers at the same time."""

import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from bench.throughput.peers import HEARTBEATING, OURS, Peer
from bench.throughput.process import Reading, Run, Worker
from bench.throughput.proxy import CountingProxy
from bench.throughput.server import BenchServer
from worker.runtime.consumer import JUST_NOW_SECONDS

EXIT_PATIENCE_SECONDS = 45
SETTLE_SECONDS = 3
"""After the last job, before an idle worker is looked at: its next long poll is under way."""

Row = dict[str, object]


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the jobs of a mode are like."""

    messages: int
    """Jobs for a usual worker."""
    fast_messages: int
    """Jobs for those that would be done in no time."""
    seconds: float = 0.0
    """A job sleeps so long."""
    pool: int = 2
    """Processes of Celery's prefork pool."""

    def messages_for(self, peer: Peer) -> int:
        return self.fast_messages if peer.is_fast else self.messages


def drain(server: BenchServer, peer: Peer, load: Load) -> Run:
    """Fill the queue, start the worker, and measure from its first start to its last delete."""
    messages = load.messages_for(peer)
    server.make_queues(peer, visibility_seconds=60)
    server.fill(peer, messages, seconds=load.seconds)
    with Worker(peer, endpoint=server.endpoint, pool=load.pool) as worker:
        worker.wait_until(lambda: worker.started > 0)
        before = Reading.take(worker, server_pid=server.pid)
        worker.wait_until(lambda: worker.finished >= messages)
        worker.wait_until(lambda: server.depth(peer) == (0, 0))
        after = Reading.take(worker, server_pid=server.pid)
        return Run.between(before, after, messages=messages, resident_mib=worker.resident_mib())


def requests_per_job(server: BenchServer, peer: Peer, load: Load) -> float:
    """Drain through the counting proxy. Starting up counts, too: it is a handful."""
    messages = load.messages_for(peer)
    server.make_queues(peer, visibility_seconds=60)
    server.fill(peer, messages, seconds=load.seconds)
    with (
        CountingProxy(server.endpoint) as proxy,
        Worker(peer, endpoint=proxy.endpoint, pool=load.pool) as worker,
    ):
        worker.wait_until(lambda: worker.finished >= messages)
        worker.wait_until(lambda: server.depth(peer) == (0, 0))
        return proxy.requests / messages


def terminate(server: BenchServer, peer: Peer) -> Row:
    """SIGTERM one second into 600 jobs of 200 ms: 20 at once where that is a pool's size."""
    messages, seconds = 600, 0.2
    server.make_queues(peer, visibility_seconds=60)
    server.fill(peer, messages, seconds=seconds)
    with Worker(peer, endpoint=server.endpoint, pool=20) as worker:
        worker.wait_until(lambda: worker.started > 0)
        time.sleep(1)
        took = worker.stop(seconds=EXIT_PATIENCE_SECONDS)
        visible, in_flight = server.depth(peer)
        return {
            "left in flight": in_flight,
            "exit s": round(took, 2),
            "cut short": worker.started - worker.finished,
            "lost": max(0, messages - visible - in_flight - worker.finished),
        }


def terminate_idle(server: BenchServer, peers: Sequence[Peer]) -> dict[str, Row]:
    """SIGTERM into an idle long poll, then twenty jobs: what is in flight when the worker has gone?"""
    rows: dict[str, Row] = {}
    with _idle_workers(server, peers) as workers:
        began = time.monotonic()
        for worker in workers:
            worker.process.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        for worker in workers:
            server.fill(worker.peer, 20, seconds=0)
        left = list(workers)
        while left and time.monotonic() - began < EXIT_PATIENCE_SECONDS:
            for worker in [each for each in left if each.process.poll() is not None]:
                left.remove(worker)
                time.sleep(0.05)
                _, in_flight = server.depth(worker.peer)
                rows[worker.peer.name] = {
                    "stuck in flight": in_flight,
                    "run after the signal": worker.started - 1,
                    "exit s": round(time.monotonic() - began, 1),
                }
            time.sleep(0.02)
        for worker in left:
            rows[worker.peer.name] = {"exit s": f"killed after {EXIT_PATIENCE_SECONDS}"}
    return rows


def outlast_visibility(server: BenchServer, peers: Sequence[Peer]) -> dict[str, Row]:
    """Four jobs of 7 s under a visibility timeout of 3 s, watched for 28 s: each should start once."""
    rows: dict[str, Row] = {}
    with ExitStack() as stack:
        workers = []
        for peer in [*peers, HEARTBEATING]:
            server.make_queues(peer, visibility_seconds=3)
            server.fill(peer, 4, seconds=7.0)
            worker = Worker(peer, endpoint=server.endpoint, pool=20, visibility_seconds=3)
            workers.append(stack.enter_context(worker))
        for worker in workers:
            worker.wait_until(lambda worker=worker: worker.started > 0)
        time.sleep(28)
        for worker in workers:
            visible, in_flight = server.depth(worker.peer)
            rows[worker.peer.name] = {"starts": worker.started, "still queued": visible + in_flight}
    return rows


def idle(server: BenchServer, peers: Sequence[Peer], *, seconds: float) -> dict[str, Row]:
    """Count the requests of workers that have nothing to do: just after a job, and when that minute is over.

    Ours polls shortly for `JUST_NOW_SECONDS` after a job, since it may be asked to close.
    """
    with ExitStack() as stack:
        proxies = {peer.name: stack.enter_context(CountingProxy(server.endpoint)) for peer in peers}
        endpoints = {name: proxy.endpoint for name, proxy in proxies.items()}
        workers = stack.enter_context(_idle_workers(server, peers, endpoints=endpoints))
        first, _ = _counted(proxies, workers, seconds=JUST_NOW_SECONDS)
        later, cpu_ms = _counted(proxies, workers, seconds=seconds)
        return {
            worker.peer.name: {
                "requests/min/lane": later[worker.peer.name],
                "just after a job": first[worker.peer.name],
                "CPU ms/min": cpu_ms[worker.peer.name],
            }
            for worker in workers
        }


def _counted(
    proxies: Mapping[str, CountingProxy], workers: Sequence[Worker], *, seconds: float
) -> tuple[dict[str, float], dict[str, int]]:
    """Watch for a while: requests a minute and lane, and ms of CPU a minute, by worker."""
    before = {name: proxy.requests for name, proxy in proxies.items()}
    cpu_before = {worker.peer.name: worker.cpu_seconds() for worker in workers}
    time.sleep(seconds)
    minutes = seconds / 60
    requests, cpu_ms = {}, {}
    for worker in workers:
        name = worker.peer.name
        requests[name] = round((proxies[name].requests - before[name]) / minutes / worker.peer.lanes, 1)
        cpu_ms[name] = round((worker.cpu_seconds() - cpu_before[name]) * 1000 / minutes)
    return requests, cpu_ms


def memory(server: BenchServer, *, messages: int) -> Iterator[tuple[int, float]]:
    """Tell the resident memory of our worker after each tenth of so many no-op jobs."""
    portion = messages // 10
    server.make_queues(OURS, visibility_seconds=60)
    with Worker(OURS, endpoint=server.endpoint) as worker:
        for number in range(1, 11):
            server.fill(OURS, portion, seconds=0)
            worker.wait_until(lambda number=number: worker.finished >= number * portion)
            worker.wait_until(lambda: server.depth(OURS) == (0, 0))
            yield number * portion, worker.resident_mib()


@contextmanager
def _idle_workers(
    server: BenchServer, peers: Sequence[Peer], *, endpoints: dict[str, str] | None = None
) -> Iterator[list[Worker]]:
    """Workers that have done one job each and now wait for more."""
    with ExitStack() as stack:
        workers = []
        for peer in peers:
            server.make_queues(peer, visibility_seconds=60)
            server.fill(peer, 1, seconds=0)
            endpoint = (endpoints or {}).get(peer.name, server.endpoint)
            worker = stack.enter_context(Worker(peer, endpoint=endpoint))
            worker.wait_until(lambda worker=worker: worker.finished >= 1)
            workers.append(worker)
        time.sleep(SETTLE_SECONDS)
        yield workers
