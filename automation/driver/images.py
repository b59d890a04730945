"""Keeps the image of a good deployment under a tag of its own: a tag that is pushed again must not change the past."""

from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

TAG_PREFIX = "good-"
_DIGEST_CHARACTERS = 12


@dataclass(frozen=True, kw_only=True)
class KeptImage:
    """An image in the stack's repository."""

    digest: str
    """sha256:…; empty where there is none."""
    tag: str
    """The tag that stays on it; empty as well."""


NO_IMAGE = KeptImage(digest="", tag="")


def keep_image(ecr: Any, repository_url: str, tag: str) -> KeptImage:
    """Put a tag that follows from its digest on the image of `tag`; none where the repository has no such image."""
    repository = repository_name(repository_url)
    image = _image(ecr, repository, {"imageTag": tag})
    if image is None:
        return NO_IMAGE
    digest = str(image["imageId"]["imageDigest"])
    kept = TAG_PREFIX + digest.removeprefix("sha256:")[:_DIGEST_CHARACTERS]
    try:
        ecr.put_image(repositoryName=repository, imageManifest=image["imageManifest"], imageTag=kept)
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") != "ImageAlreadyExistsException":
            raise  # it has that tag already: kept by an earlier deployment
    return KeptImage(digest=digest, tag=kept)


def has_image(ecr: Any, repository_url: str, tag: str) -> bool:
    """Tell whether a tag is there."""
    return _image(ecr, repository_name(repository_url), {"imageTag": tag}) is not None


def repository_name(repository_url: str) -> str:
    """Return the name within the registry."""
    return repository_url.partition("/")[2]


def _image(ecr: Any, repository: str, image_id: dict[str, str]) -> Any:
    try:
        images = ecr.batch_get_image(repositoryName=repository, imageIds=[image_id])["images"]
    except ClientError as fault:
        if fault.response.get("Error", {}).get("Code") == "RepositoryNotFoundException":
            return None
        raise
    return images[0] if images else None
