"""What a build does with its role: https://docs.aws.amazon.com/codebuild/latest/userguide/setting-up-service-role.html and docker's push to ECR."""

import hashlib
import json
from collections.abc import AsyncIterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from bench.iam_steps import NOT_HERE, Step, in_step, write_log
from bench.iam_world import NAME, World, arn
from components.builder_permissions import SOURCES_PREFIX, BuilderResources, builder_policy

BUCKET, SOURCE = f"{NAME}-results", f"{SOURCES_PREFIX}a.zip"
LAYER = b"a layer"


def builder_document(world: World) -> Mapping[str, Any]:
    """The policy of the project's role, about this world."""
    del world
    return builder_policy(
        BuilderResources(
            bucket_arn=f"arn:aws:s3:::{BUCKET}",
            repository_arns=[arn("ecr", f"repository/{NAME}")],
            log_group_arn=arn("logs", f"log-group:{NAME}"),
        )
    )


async def builder_steps(world: World, credentials: Mapping[str, str]) -> AsyncIterator[tuple[str, Step]]:
    """A build from its source to its image."""
    world.client("s3").put_object(Bucket=BUCKET, Key=SOURCE, Body=b"zip")
    s3, ecr = world.client("s3", credentials), world.client("ecr", credentials)
    yield "fetch the source", in_step(lambda: s3.get_object(Bucket=BUCKET, Key=SOURCE))
    yield "fetch a version of it", in_step(lambda: _fetch_version(s3))
    yield "sign in to the registry", in_step(ecr.get_authorization_token)
    yield "look for layers", in_step(lambda: _look(ecr))
    yield "push a layer", in_step(lambda: _push_layer(ecr))
    yield "push the image", in_step(lambda: _push_image(ecr))
    yield "write the log", in_step(lambda: write_log(world.client("logs", credentials)))


def _granted(call: Any, **asked: Any) -> None:
    """A call that the embedded AWS has no answer for was granted all the same."""
    try:
        call(repositoryName=NAME, **asked)
    except ClientError as fault:
        if fault.response["Error"]["Code"] not in NOT_HERE:
            raise


def _fetch_version(s3: Any) -> None:
    s3.get_object(Bucket=BUCKET, Key=SOURCE, VersionId="null")


def _look(ecr: Any) -> None:
    digest = "sha256:" + "0" * 64
    _granted(ecr.batch_check_layer_availability, layerDigests=[digest])
    _granted(ecr.get_download_url_for_layer, layerDigest=digest)
    _granted(ecr.batch_get_image, imageIds=[{"imageTag": "1"}])


def _push_layer(ecr: Any) -> None:
    upload = ecr.initiate_layer_upload(repositoryName=NAME)["uploadId"]
    last = len(LAYER) - 1
    ecr.upload_layer_part(
        repositoryName=NAME, uploadId=upload, partFirstByte=0, partLastByte=last, layerPartBlob=LAYER
    )
    digest = f"sha256:{hashlib.sha256(LAYER).hexdigest()}"
    try:
        ecr.complete_layer_upload(repositoryName=NAME, uploadId=upload, layerDigests=[digest])
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "LayerAlreadyExistsException":  # the step is done many times
            raise


def _push_image(ecr: Any) -> None:
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.docker.distribution.manifest.v2+json"}
    try:
        ecr.put_image(repositoryName=NAME, imageManifest=json.dumps(manifest), imageTag="built")
    except ClientError as fault:
        if fault.response["Error"]["Code"] != "ImageAlreadyExistsException":
            raise
