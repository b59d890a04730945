"""A fleet behind the fault proxy, and what must hold of it whatever went wrong."""

import subprocess
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.worker.faults.proxy import FaultProxy
from tests.worker.processes.fleet import Fleet

LANES = ("high", "normal", "low")
MOST_DELIVERIES = 12
"""A message that is handed out more often than that goes round in circles."""


@dataclass
class Stand:
    fleet: Fleet
    proxy: FaultProxy
    facts: dict[str, Any] = field(default_factory=dict)
    """For the table."""
    first_etags: dict[str, str] = field(default_factory=dict)
    prefix: str = ""
    """Of the ids of this case's jobs, where cases share their workers."""

    def begin_case(self, prefix: str) -> None:
        """Forget what the case before left."""
        self.prefix = prefix
        self.facts = {}
        self.first_etags = {}
        self.proxy.forget()

    def start_worker(self, **changes: object) -> subprocess.Popen[bytes]:
        through = {f"queue_url_{lane}": self.proxy.url(self.fleet.urls[lane]) for lane in LANES}
        dead = {"dead_letter_queue_url": self.proxy.url(self.fleet.urls["dead"])}
        self.fleet.more_env |= {
            "AWS_ENDPOINT_URL": self.proxy.endpoint,
            "AWS_ENDPOINT_URL_SQS": self.proxy.endpoint,
        }
        return self.fleet.start_worker(**{**through, **dead, **changes})

    def is_dry(self) -> bool:
        """Say whether no lane has anything to hand out or in hand; note the results on the way."""
        self.note_results()
        return all(self.fleet.depth(lane) == (0, 0) for lane in LANES)

    def note_results(self) -> None:
        """Keep the ETag that each result had when it was first seen."""
        for key, etag in self.etags().items():
            self.first_etags.setdefault(key, etag)

    def etags(self) -> dict[str, str]:
        listing = self.fleet.s3.get_paginator("list_objects_v2")
        pages = listing.paginate(Bucket=self.fleet.name, Prefix=f"test-results/{self.prefix}")
        return {entry["Key"]: entry["ETag"] for page in pages for entry in page.get("Contents", ())}

    def wait_until_dry(self, *, seconds: float, meanwhile: Callable[[], object] | None = None) -> None:
        def is_over() -> bool:
            if meanwhile is not None:
                meanwhile()
            return self.is_dry()

        # To look is four calls to the servers that are tested: often only where something is to happen at the right moment.
        self.fleet.wait_until(is_over, seconds=seconds, pause_seconds=0.1 if meanwhile else 0.5)

    def assert_conserved(self, job_ids: list[str], *, statuses: dict[str, int] | None = None) -> None:
        """Submitted = stored; nothing twice, nothing changed, nothing stuck, nothing dead, nothing in circles."""
        versions = self.fleet.result_versions()
        results = {
            key: count for key, count in versions.items() if key.startswith(f"test-results/{self.prefix}")
        }
        attempts = self.attempts()
        self.facts |= {
            "jobs": len(job_ids),
            "results": len(results),
            "changed": sum(count - 1 for count in results.values()),
            "deliveries": max(self.proxy.deliveries.values(), default=0),
            "attempts": max(attempts.values(), default=0),
        }
        assert results == {f"test-results/{job_id}.json": 1 for job_id in job_ids}
        now = self.etags()
        assert {key: now[key] for key in self.first_etags} == self.first_etags
        assert self.fleet.statuses(self.prefix) == (statuses or {"succeeded": len(job_ids)})
        assert all(self.fleet.depth(lane) == (0, 0) for lane in LANES)
        assert self.fleet.depth("dead") == (0, 0)
        assert max(self.proxy.deliveries.values(), default=0) <= MOST_DELIVERIES

    def attempts(self) -> Counter[str]:
        """Count the attempts of each job by the ledger."""
        jobs = self.fleet.jobs(self.prefix)
        return Counter({item["pk"]["S"]: int(item.get("attempts", {}).get("N", 0)) for item in jobs})

    def assert_workers_live(self) -> None:
        """No fault of the surroundings ended a worker, and each still drains as it should."""
        for process in self.fleet.processes:
            assert process.poll() is None, "a worker died"
        for process in self.fleet.processes:
            assert self.fleet.stop(process) == 0
