"""How a publication ends before its last step; pure."""

from worker.domain.forge import PullRequest
from worker.domain.publication import PublicationEnd, PublicationOutcome
from worker.publication.wording import shortened


class Ended(Exception):
    """The publication is over before its last step; it never leaves `publish`."""

    def __init__(self, outcome: PublicationOutcome) -> None:
        """Carry what became of it."""
        super().__init__(outcome.explanation)
        self.outcome = outcome


def ended(end: PublicationEnd, explanation: str, branch: str = "", found: PullRequest | None = None) -> Ended:
    """Return the end to raise."""
    number, url = (found.number, found.url) if found else (0, "")
    return Ended(PublicationOutcome(end=end, explanation=explanation, branch=branch, number=number, url=url))


def refused(faults: list[str]) -> Ended:
    """Return the end where something speaks against the patches, with all of it."""
    shown = "; ".join(shortened(fault, most=300) for fault in faults[:10])
    more = f"; and {len(faults) - 10} more" if len(faults) > 10 else ""
    return ended(PublicationEnd.REFUSED, f"Nothing was published: {shown}{more}.")
