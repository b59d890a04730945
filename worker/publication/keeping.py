"""Publications are stored before their first step, and what became of them after the last: no death in between loses a fix."""

from worker.domain.publication import FINGERPRINT, Publication, PublicationOutcome, Repository
from worker.domain.publication_codec import (
    decode_publication,
    encode_outcome,
    encode_publication,
    outcome_key,
    publication_key,
)
from worker.ports import Artifacts
from worker.publication.publish import publish
from worker.publication_ports import Checkout, Forge

_JSON = "application/json; charset=utf-8"


async def publish_kept(
    publication: Publication, *, checkout: Checkout, forge: Forge, artifacts: Artifacts
) -> PublicationOutcome:
    """Store it, publish it, store what became of it. Raises StoreUnavailable, ForgeUnavailable and ForgeRefused."""
    if not FINGERPRINT.fullmatch(publication.fingerprint):
        return await publish(publication, checkout, forge)  # refused: nothing is stored under such a name
    key = publication_key(publication.repository, publication.fingerprint)
    await artifacts.put(key, encode_publication(publication), content_type=_JSON)
    return await _finished(publication, checkout=checkout, forge=forge, artifacts=artifacts)


async def resume(
    repository: Repository, fingerprint: str, *, checkout: Checkout, forge: Forge, artifacts: Artifacts
) -> PublicationOutcome | None:
    """Publish what is stored under a fingerprint, whatever was done of it before; None where nothing is."""
    content = await artifacts.get(publication_key(repository, fingerprint))
    if content is None:
        return None
    kept = decode_publication(content)
    return await _finished(kept, checkout=checkout, forge=forge, artifacts=artifacts)


async def _finished(
    publication: Publication, *, checkout: Checkout, forge: Forge, artifacts: Artifacts
) -> PublicationOutcome:
    outcome = await publish(publication, checkout, forge)
    key = outcome_key(publication.repository, publication.fingerprint)
    await artifacts.put(key, encode_outcome(outcome), content_type=_JSON)
    return outcome
