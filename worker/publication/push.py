"""Our branch: made on the base, pushed where it is as it was seen, and never over anybody else's commits."""

from dataclasses import dataclass

from worker.domain.errors import ForgeUnavailable
from worker.domain.publication import MovedBase, Publication, PublicationEnd
from worker.publication.branch import CONTENT_TRAILER, FINGERPRINT_TRAILER, content_digest
from worker.publication.describe import commit_message
from worker.publication.ended import Ended, ended, refused
from worker.publication.patches import path_objections
from worker.publication.place import Place
from worker.publication.wording import shortened
from worker.publication_ports import Built, Checkout, CommitDraft, Signature

_BASE_TRAILER = "Fleet-Base"


@dataclass(frozen=True, kw_only=True)
class Pushed:
    """The branch as it is."""

    commit: str
    """Its last commit."""
    base_commit: str
    """What our commits lie on."""
    is_new: bool
    """It was pushed just now."""


async def push_branch(publication: Publication, checkout: Checkout, place: Place) -> Pushed:
    """Have the branch hold our commits, and nobody else's."""
    tip = await checkout.tip(place.head, place.branch)
    if tip is not None:
        held = await checkout.message(place.head, tip)
        is_ours = held.committer_email == publication.settings.author_email
        if not is_ours or _held(held.text, FINGERPRINT_TRAILER) != publication.fingerprint:
            raise ended(
                PublicationEnd.TAKEN_OVER,
                f"Somebody else committed to {place.branch}: it is theirs now, and left as it is.",
                place.branch,
                place.open_request,
            )
        base = _held(held.text, _BASE_TRAILER)
        if _held(held.text, CONTENT_TRAILER) == content_digest(publication) and base:
            return Pushed(commit=tip, base_commit=base, is_new=False)
    base = await _base(publication, checkout, place)
    built = await _built(publication, checkout, place, base)
    if not await checkout.push(place.head, built.commit, place.branch, expected=tip):
        raise ForgeUnavailable(f"{place.branch} was changed while we worked on it; try again")
    return Pushed(commit=built.commit, base_commit=base, is_new=True)


async def _base(publication: Publication, checkout: Checkout, place: Place) -> str:
    tip = await checkout.tip(place.upstream, publication.base_branch)
    if tip is None:
        raise ended(
            PublicationEnd.OUTDATED,
            f"{publication.base_branch} is no longer there: there is nothing to fix.",
        )
    if tip != publication.base_commit and publication.settings.moved_base is MovedBase.RESTART:
        raise ended(
            PublicationEnd.OUTDATED,
            f"{publication.base_branch} moved from {publication.base_commit[:12]} to {tip[:12]} after the patches were proved. "
            "This repository wants them proved on its tip: start the fix again.",
        )
    return tip


async def _built(publication: Publication, checkout: Checkout, place: Place, base: str) -> Built:
    drafts = [
        CommitDraft(
            patch=fix.patch, message=f"{commit_message(publication, number)}{_BASE_TRAILER}: {base}\n"
        )
        for number, fix in enumerate(publication.fixes, start=1)
    ]
    settings = publication.settings
    signature = Signature(name=settings.author_name, email=settings.author_email, at=publication.made_at)
    built = await checkout.build(place.upstream, base, drafts, signature)
    if not built.commit:
        raise _inapplicable(publication, base, built.objection)
    faults = path_objections(built.paths, settings.allowed_kinds)
    faults += [f"{path!r} is a link, a submodule, a large-file pointer or binary" for path in built.odd_paths]
    if not built.paths:
        raise ended(PublicationEnd.OUTDATED, f"{publication.base_branch} holds the same changes already.")
    if faults:
        raise refused(faults)
    return built


def _inapplicable(publication: Publication, base: str, objection: str) -> Ended:
    why = shortened(" ".join(objection.split()), most=500)
    if base == publication.base_commit:
        return ended(
            PublicationEnd.REFUSED,
            f"A patch does not apply to the commit that it is said to be proved on: {why}",
        )
    return ended(
        PublicationEnd.OUTDATED,
        f"{publication.base_branch} moved from {publication.base_commit[:12]} to {base[:12]} and a patch no longer applies: "
        f"start the fix again. Git says: {why}",
    )


def _held(message: str, trailer: str) -> str:
    """Return the last value of a trailer; empty where there is none."""
    rows = [row for row in message.splitlines() if row.startswith(f"{trailer}: ")]
    return rows[-1].partition(": ")[2].strip() if rows else ""
