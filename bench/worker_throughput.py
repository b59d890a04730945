"""This worker's queue side beside its peers, process against process, on ElasticMQ on the loopback.

    make bench-setup                                  # the peers, in an environment of their own
    python bench/worker_throughput.py                 # every mode, three rounds: half an hour
    python bench/worker_throughput.py --quick         # every mode once, small
    python bench/worker_throughput.py --mode noop,nap --workers ours,taskiq,limit-2

| mode | what is done | what is told |
|---|---|---|
| noop | jobs that do nothing | jobs/s, CPU of the worker's processes and of the server a job, requests a job, memory |
| nap | jobs of 50 ms, 100 at once (Celery prefork: 20) | the same; the ideal is 2,000 jobs/s |
| term | SIGTERM one second into 600 jobs of 200 ms | what is left in flight, cut short, lost; seconds until the exit |
| idleterm | SIGTERM into an idle long poll, then 20 jobs | what is stuck in flight after the exit |
| vt | 4 jobs of 7 s, visibility timeout 3 s, 28 s | how often they started |
| idle | nothing for two minutes | requests a minute and lane, in the minute after a job and in the next |
| memory | 100,000 no-op jobs, ours only | resident memory after each tenth |

Workers: `ours` is the product's consumer with three lanes, leases and batched acknowledgements; `naive` is what most
coordinators begin as; `limit-…` are raw pipelines of the same client library with 2 and 4 receivers, or one receiver and 20
messages ahead. Settings of the peers stand in `bench/throughput/`, one file each. Timed is from the first start to the last
delete. Rounds take the workers in changing order, medians count, the server is warmed up first, and `noise cores` is what all other processes
of the machine used meanwhile. Requests are counted in an untimed run of their own, by a proxy before the server.
"""

import argparse
import platform
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parents[1]))

import psutil

from bench.throughput import modes, report
from bench.throughput.peers import PEERS, PEERS_PYTHON, WARMING, Peer
from bench.throughput.process import Run
from bench.throughput.server import BenchServer
from tests.contracts.elasticmq import elasticmq_classpath

FLAT_MIB = 8.0
"""Growth of the memory from the second tenth to the last that still counts as flat."""


def measure_drains(server: BenchServer, peers: Sequence[Peer], load: modes.Load, *, rounds: int) -> None:
    runs: dict[str, list[Run]] = {peer.name: [] for peer in peers}
    shuffling = Random(20261125)  # whoever came first in every round would pay for the server's warming up
    modes.drain(server, WARMING, load)
    for _ in range(rounds):
        for peer in shuffling.sample(peers, len(peers)):
            runs[peer.name].append(modes.drain(server, peer, load))
    counting = modes.Load(messages=400, fast_messages=2000, seconds=load.seconds, pool=load.pool)
    requests = {peer.name: modes.requests_per_job(server, peer, counting) for peer in peers}
    print(report.drains(runs, requests))


def measure_memory(server: BenchServer, *, messages: int) -> None:
    samples = []
    for done, mib in modes.memory(server, messages=messages):
        samples.append(mib)
        print(f"{done:>8} jobs: {mib:6.1f} MiB")
    growth = samples[-1] - samples[1]
    print(
        f"{'flat' if growth <= FLAT_MIB else 'NOT FLAT'}: {growth:+.1f} MiB from the second tenth to the last"
    )


def measure(server: BenchServer, mode: str, peers: Sequence[Peer], options: argparse.Namespace) -> None:
    usual, fast = options.messages, options.messages * (1 if options.quick else 5)
    waits = 30 if options.quick else 60
    actions: dict[str, Callable[[], object]] = {
        "noop": lambda: measure_drains(
            server, peers, modes.Load(messages=usual, fast_messages=fast), rounds=options.rounds
        ),
        "nap": lambda: measure_drains(
            server,
            peers,
            modes.Load(messages=usual * 3 // 5, fast_messages=fast, seconds=0.05, pool=20),
            rounds=options.rounds,
        ),
        "term": lambda: print(report.table({peer.name: modes.terminate(server, peer) for peer in peers})),
        "idleterm": lambda: print(report.table(modes.terminate_idle(server, peers))),
        "vt": lambda: print(report.table(modes.outlast_visibility(server, peers))),
        "idle": lambda: print(report.table(modes.idle(server, peers, seconds=waits))),
        "memory": lambda: measure_memory(server, messages=20_000 if options.quick else 100_000),
    }
    print(f"\n## {mode}", flush=True)
    actions[mode]()
    sys.stdout.flush()


MODES = ("noop", "nap", "term", "idleterm", "vt", "idle", "memory")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--mode", default=",".join(MODES), help="some of them, with commas between")
    parser.add_argument("--workers", default="", help="some of them; all by default")
    parser.add_argument(
        "--messages", type=int, default=2000, help="no-op jobs a round; five times as many for the fast"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one small round of each")
    options = parser.parse_args()
    if options.quick:
        options.messages, options.rounds = min(options.messages, 600), 1
    wanted = options.workers.split(",") if options.workers else [peer.name for peer in PEERS]
    peers = [peer for peer in PEERS if peer.name in wanted]
    if {peer.name for peer in peers} != set(wanted):
        raise SystemExit(f"workers are {', '.join(peer.name for peer in PEERS)}")
    if not PEERS_PYTHON.exists():
        raise SystemExit("the peers are not installed. Next: make bench-setup")
    classpath = elasticmq_classpath()
    if classpath is None:
        raise SystemExit("this benchmark needs java and mvn (for ElasticMQ)")
    with BenchServer(classpath=classpath) as server:
        server.connect()
        print(f"{psutil.cpu_count()} cores, Python {platform.python_version()}; warming up …", flush=True)
        server.warm_up()
        for mode in options.mode.split(","):
            measure(server, mode, peers, options)


if __name__ == "__main__":
    main()
