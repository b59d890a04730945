"""From proved patches to one pull request. Every step may be done again: whoever dies between two is repeated whole.

| step | done already when |
|---|---|
| 1 refuse what may not be published | - |
| 2 ask the forge: repository, pull request, protection | merged or closed: that is the end |
| 3 make the commits on the base | our branch holds the same content |
| 4 push, where the branch is as it was seen | the branch is there |
| 5 open the pull request, or change its text | it says the same |
| 6 labels, on a new one | it has some |

What a pull request is known by is its branch, and what our branch is known by is its last commit: nothing has to be
remembered from one try to the next. Raises ForgeUnavailable and ForgeRefused.
"""

from worker.domain.errors import ForgeRefused
from worker.domain.forge import PullRequest, PullRequestDraft
from worker.domain.publication import Publication, PublicationEnd, PublicationOutcome, Repository
from worker.publication.branch import branch_faults
from worker.publication.describe import body, title, updated_body
from worker.publication.ended import Ended, refused
from worker.publication.patches import objections
from worker.publication.place import Place, find_place
from worker.publication.push import Pushed, push_branch
from worker.publication_ports import Checkout, Forge

MAXIMUM_FIXES = 50
"""Most commits of one publication."""

_SAID = {
    PublicationEnd.OPENED: "The pull request is open.",
    PublicationEnd.UPDATED: "The pull request is updated.",
    PublicationEnd.UNCHANGED: "Branch and pull request are as they should be.",
}


async def publish(publication: Publication, checkout: Checkout, forge: Forge) -> PublicationOutcome:
    """Let a branch and a pull request show these patches; say what became of it."""
    try:
        _require_publishable(publication)
        place = await find_place(publication, forge)
        pushed = await push_branch(publication, checkout, place)
    except Ended as end:
        return end.outcome
    return await _pull_request(publication, forge, place, pushed)


def _require_publishable(publication: Publication) -> None:
    faults = branch_faults(publication)
    if not 1 <= len(publication.fixes) <= MAXIMUM_FIXES:
        faults.append(f"it holds {len(publication.fixes)} fixes, not 1 to {MAXIMUM_FIXES}")
    for fix in publication.fixes[:MAXIMUM_FIXES]:
        if not fix.evidence or not all(each.is_passed for each in fix.evidence):
            faults.append(f"{fix.title!r:.100} is not proved")
        found = objections(fix.patch, publication.settings.allowed_kinds)
        faults += [f"{fix.title!r:.100}: {each}" for each in found]
    if faults:
        raise refused(faults)


async def _pull_request(
    publication: Publication, forge: Forge, place: Place, pushed: Pushed
) -> PublicationOutcome:
    found = place.open_request
    if found is None:
        end, found, note = *await _opened(publication, forge, place, pushed), ""
    else:
        end, note = await _updated(publication, forge, place, pushed)
    note += await _labelled(publication, forge, place.upstream, found)
    return PublicationOutcome(
        end=end,
        explanation=f"{_SAID[end]}{note}",
        branch=place.branch,
        commit=pushed.commit,
        base_commit=pushed.base_commit,
        number=found.number,
        url=found.url,
    )


async def _opened(
    publication: Publication, forge: Forge, place: Place, pushed: Pushed
) -> tuple[PublicationEnd, PullRequest]:
    draft = PullRequestDraft(
        head_owner=place.head.owner,
        branch=place.branch,
        base_branch=publication.base_branch,
        title=title(publication),
        body=body(publication, base_commit=pushed.base_commit),
        is_draft=publication.settings.is_draft,
        labels=publication.settings.labels,
    )
    return PublicationEnd.OPENED, await forge.open_pull_request(place.upstream, draft)


async def _updated(
    publication: Publication, forge: Forge, place: Place, pushed: Pushed
) -> tuple[PublicationEnd, str]:
    """Change our part of the text; titles belong to whoever changes them."""
    found = place.open_request
    text = updated_body(found.body, publication, base_commit=pushed.base_commit) if found else None
    end = PublicationEnd.UPDATED if pushed.is_new else PublicationEnd.UNCHANGED
    if found is None or text is None:
        return end, " Its text is left alone: somebody took our marks out of it."
    if text == found.body:
        return end, ""
    await forge.update_pull_request(place.upstream, found.number, body=text)
    return PublicationEnd.UPDATED, ""


async def _labelled(publication: Publication, forge: Forge, upstream: Repository, found: PullRequest) -> str:
    """Put the labels on one that has none: who takes one off again has it so. A label that can't be put on is no reason to fail."""
    labels = publication.settings.labels
    if not labels or found.labels:
        return ""
    try:
        await forge.add_labels(upstream, found.number, labels)
    except ForgeRefused as error:
        return f" It has no labels: {error}"
    return ""
