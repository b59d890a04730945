"""A publication as JSON: it is stored before its first step, so that whoever finds it half done can do it again."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from worker.domain.publication import (
    Evidence,
    MovedBase,
    PathKind,
    Publication,
    PublicationOutcome,
    PublicationSettings,
    Repository,
    VerifiedFix,
)

PUBLICATIONS_PREFIX = "publications/"
"""S3 keys of publications begin so; the worker's permissions name it."""

SCHEMA_VERSION = 1
"""Raised when a field changes its meaning."""


def publication_key(repository: Repository, fingerprint: str) -> str:
    """S3 key of what is to be published."""
    return f"{PUBLICATIONS_PREFIX}{repository.full_name.lower()}/{fingerprint}.json"


def outcome_key(repository: Repository, fingerprint: str) -> str:
    """S3 key of what became of it the last time."""
    return f"{PUBLICATIONS_PREFIX}{repository.full_name.lower()}/{fingerprint}.outcome.json"


def encode_publication(publication: Publication) -> bytes:
    """Write it, keys in a fixed order."""
    fields = asdict(publication)
    fields["made_at"] = publication.made_at.isoformat()
    fields["settings"]["allowed_kinds"] = sorted(publication.settings.allowed_kinds)
    return _written({"schema": SCHEMA_VERSION, **fields})


def decode_publication(content: bytes) -> Publication:
    """Read it; raises ValueError where it is none of ours."""
    try:
        fields = json.loads(content)
        if fields.pop("schema") != SCHEMA_VERSION:
            raise ValueError("a publication of another version")
        return Publication(
            **{
                **fields,
                "repository": Repository(**fields["repository"]),
                "fixes": tuple(decode_fix(each) for each in fields["fixes"]),
                "made_at": datetime.fromisoformat(fields["made_at"]),
                "settings": _settings(fields["settings"]),
            }
        )
    except (AttributeError, KeyError, TypeError) as error:
        raise ValueError(f"no publication: {error}") from error


def encode_outcome(outcome: PublicationOutcome) -> bytes:
    """Write what became of it."""
    return _written({"schema": SCHEMA_VERSION, **asdict(outcome)})


def decode_fix(fields: Mapping[str, Any]) -> VerifiedFix:
    """Read one fix of it."""
    evidence = tuple(Evidence(**each) for each in fields["evidence"])
    return VerifiedFix(**{**fields, "evidence": evidence})


def _settings(fields: Mapping[str, Any]) -> PublicationSettings:
    return PublicationSettings(
        **{
            **fields,
            "labels": tuple(fields["labels"]),
            "moved_base": MovedBase(fields["moved_base"]),
            "allowed_kinds": frozenset(PathKind(each) for each in fields["allowed_kinds"]),
        }
    )


def _written(fields: Mapping[str, Any]) -> bytes:
    return json.dumps(fields, indent=1).encode()
