"""ReplyPipeline: says what a delivery came to where it came to no work, in one comment of an issue or pull request."""

from worker.domain.attempt import EndReason
from worker.domain.errors import RequestRejected
from worker.domain.job import Job
from worker.domain.outcome import PipelineOutcome
from worker.domain.publication import Repository
from worker.publication_ports import Reports

NO_FORGE = "this worker answers nobody: it is given no forge (github_credentials)"


class ReplyPipeline:
    """A `worker.ports.Pipeline` that proves nothing."""

    def __init__(self, reports: Reports | None) -> None:
        """Answer there; without it such jobs are refused."""
        self._reports = reports

    async def run(self, job: Job, *, budget_seconds: float) -> PipelineOutcome:  # noqa: ARG002 - one call is no search
        """Let the one comment say it, however often this is done; raises ForgeUnavailable and ForgeRefused."""
        reply, repository = job.reply, Repository.parse(job.repository or "")
        if reply is None or repository is None:
            raise RequestRejected("a reply needs a repository and what is said there")
        if self._reports is None:
            raise RequestRejected(NO_FORGE)
        await self._reports.upsert_comment(repository, reply.issue, marker=reply.marker, body=reply.text)
        return PipelineOutcome(
            end_reason=EndReason.ANSWERED,
            explanation=f"Said in {repository.full_name}#{reply.issue}: {reply.topic}.",
        )
