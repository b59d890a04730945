"""Where a publication may go: repository or fork, its branch, and how its pull request stands."""

from dataclasses import dataclass

from worker.domain.forge import PullRequest, PullRequestState, RepositoryFacts
from worker.domain.publication import Publication, PublicationEnd, Repository
from worker.publication.branch import branch_name
from worker.publication.ended import Ended, ended
from worker.publication_ports import Forge


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where it goes."""

    upstream: Repository
    """Where the code lives, by its present name."""
    head: Repository
    """Where the branch lies: the same one, or our fork."""
    branch: str
    """Its name."""
    open_request: PullRequest | None
    """The pull request, where it is open."""


async def find_place(publication: Publication, forge: Forge) -> Place:
    """Find out where the branch may go, and how its pull request stands."""
    branch = branch_name(publication)
    facts = await forge.facts(publication.repository)
    if facts.is_archived:
        raise ended(
            PublicationEnd.FORBIDDEN, f"{facts.repository.full_name} is archived: it takes no changes."
        )
    if branch == facts.default_branch:
        raise ended(PublicationEnd.REFUSED, f"{branch} is the default branch: nothing is pushed there.")
    head = await _head(publication, forge, facts)
    found = await forge.pull_request(facts.repository, head_owner=head.owner, branch=branch)
    if found is not None and found.state is not PullRequestState.OPEN:
        raise _over(found, branch)
    if await forge.is_protected(head, branch):
        raise ended(
            PublicationEnd.REFUSED,
            f"{branch} is protected in {head.full_name}: nothing is pushed there. Exempt `{publication.settings.branch_prefix}*` "
            "from the rules, or set another prefix.",
        )
    return Place(upstream=facts.repository, head=head, branch=branch, open_request=found)


async def _head(publication: Publication, forge: Forge, facts: RepositoryFacts) -> Repository:
    if facts.can_push:
        return facts.repository
    if publication.settings.is_fork_used:
        return await forge.own_fork(facts.repository, branch=publication.base_branch)
    raise ended(
        PublicationEnd.FORBIDDEN,
        f"We may not push to {facts.repository.full_name}, and forks are off. Give the App write access to contents, or let forks be used.",
    )


def _over(found: PullRequest, branch: str) -> Ended:
    if found.state is PullRequestState.MERGED:
        return ended(PublicationEnd.MERGED, "The pull request is merged already.", branch, found)
    return ended(
        PublicationEnd.CLOSED,
        "Somebody closed the pull request without merging it. It stays closed; reopen it to have it updated again.",
        branch,
        found,
    )
