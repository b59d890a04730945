"""Family: a child job that has ended wakes its parent, where that has something to gather.

A parent looks after its children by the clock, too: what is lost here (a worker that dies right after its child's end, a store that is
down) costs some seconds and nothing else.
"""

from collections.abc import Mapping

from worker.domain.attempt import MessageFate
from worker.domain.errors import MessageRejected, RequestRejected, StoreUnavailable
from worker.domain.job import TERMINAL_STATUSES, Job, JobStatus
from worker.domain.job_codec import decode_job
from worker.ports import Artifacts
from worker.repair.plan import kept_plan
from worker.repair_ports import Children
from worker.runtime.delivery import Delivery, Disposition, Handler
from worker.runtime.telemetry import Telemetry


class FamilyHandler:
    """A handler around another one."""

    def __init__(
        self, handler: Handler, *, children: Children, artifacts: Artifacts, telemetry: Telemetry
    ) -> None:
        """Let `handler` do the work."""
        self._handler = handler
        self._children = children
        self._artifacts = artifacts
        self._telemetry = telemetry

    async def __call__(self, delivery: Delivery) -> Disposition:
        """Work on the delivery, then tell the parent of a child that ended."""
        disposition = await self._handler(delivery)
        body = delivery.message.body
        is_ended = disposition.fate is MessageFate.ACKNOWLEDGE and not disposition.dead_letter_reason
        if is_ended and '"share"' in body:  # so that other jobs are not parsed once more
            try:
                await self._wake(decode_job(body, message_id=delivery.message.message_id))
            except (MessageRejected, RequestRejected):
                return disposition
            except StoreUnavailable as error:
                self._telemetry.warning("a parent could not be woken; it looks by itself", error=error)
        return disposition

    async def _wake(self, child: Job) -> None:
        """Send the parent's message once more: to be there twice is no harm."""
        plan = await kept_plan(child.share.parent, self._artifacts) if child.share else None
        if plan is None:
            return
        parent, names = plan.parent.job_id, [one.job_id for one in plan.children]
        standing = await self._children.standing([parent, *names])
        if standing.get(parent) in TERMINAL_STATUSES or child.job_id not in names:
            return
        if is_worth_waking(
            {name: standing[name] for name in names if name in standing}, child.job_id, len(names)
        ):
            await self._children.send(plan.parent)
            self._telemetry.info("parent woken", job_id=child.job_id, parent=parent)


def is_worth_waking(standing: Mapping[str, JobStatus], child: str, total: int) -> bool:
    """Tell whether this child's end changes anything: it is the first that proved a patch, or the last one."""
    ended = [name for name, status in standing.items() if status in TERMINAL_STATUSES]
    proved = [name for name, status in standing.items() if status is JobStatus.SUCCEEDED]
    return proved == [child] or len(ended) == total
