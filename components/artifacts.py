"""Artifacts: the bucket of the results."""

import pulumi
from pulumi_aws import s3

from components.builder_permissions import SOURCES_PREFIX
from components.fleet_component import FleetComponent, StackContext
from components.permissions import tls_only

OLD_VERSION_DAYS = 7
UPLOAD_ABORT_DAYS = 1
FORGOTTEN_SOURCE_DAYS = 1
"""A driver takes away what it has uploaded for a build; one that was killed could not."""


class Artifacts(FleetComponent):
    """Private, encrypted bucket whose results expire."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build the bucket and close it."""
        super().__init__(name, context, holds_data=True)
        bucket_name = context.account_id.apply(context.names.results_bucket)
        self._bucket = s3.Bucket(
            self.child_name("results"),
            bucket=bucket_name,
            force_destroy=not context.config.protect,
            tags=self.tags("results"),
            opts=self.child(),
        )
        block = self._close()
        versioning = self._build_versioning()
        self._expire(versioning)
        self._require_tls(block)
        self.bucket = self._bucket.bucket
        self.bucket_arn = self._bucket.arn
        self.finish({"bucket": self.bucket})

    def _close(self) -> s3.BucketPublicAccessBlock:
        s3.BucketOwnershipControls(
            self.child_name("ownership"),
            bucket=self._bucket.id,
            rule={"object_ownership": "BucketOwnerEnforced"},
            opts=self.child(),
        )
        s3.BucketServerSideEncryptionConfiguration(
            self.child_name("encryption"),
            bucket=self._bucket.id,
            rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "AES256"}}],
            opts=self.child(),
        )
        return s3.BucketPublicAccessBlock(
            self.child_name("private"),
            bucket=self._bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=self.child(),
        )

    def _build_versioning(self) -> s3.BucketVersioning | None:
        if not self._context.config.results_versioning:
            return None
        return s3.BucketVersioning(
            self.child_name("versioning"),
            bucket=self._bucket.id,
            versioning_configuration={"status": "Enabled"},
            opts=self.child(),
        )

    def _expire(self, versioning: s3.BucketVersioning | None) -> None:
        s3.BucketLifecycleConfiguration(
            self.child_name("expiry"),
            bucket=self._bucket.id,
            rules=[
                {
                    "id": "expire-results",
                    "status": "Enabled",
                    "filter": {"prefix": ""},
                    "expiration": {"days": self._context.config.results_retention_days},
                    "noncurrent_version_expiration": {"noncurrent_days": OLD_VERSION_DAYS},
                    "abort_incomplete_multipart_upload": {"days_after_initiation": UPLOAD_ABORT_DAYS},
                },
                *self._rules_of_sources(),
            ],
            # S3 refuses two changes of a bucket's set-up at once.
            opts=self.child(depends_on=[versioning] if versioning else None),
        )

    def _rules_of_sources(self) -> list[s3.BucketLifecycleConfigurationRuleArgsDict]:
        if not self._context.config.codebuild:
            return []
        return [
            {
                "id": "expire-image-sources",
                "status": "Enabled",
                "filter": {"prefix": SOURCES_PREFIX},
                "expiration": {"days": FORGOTTEN_SOURCE_DAYS},
                "noncurrent_version_expiration": {"noncurrent_days": FORGOTTEN_SOURCE_DAYS},
            }
        ]

    def _require_tls(self, block: s3.BucketPublicAccessBlock) -> None:
        s3.BucketPolicy(
            self.child_name("policy"),
            bucket=self._bucket.id,
            policy=pulumi.Output.json_dumps(
                self._bucket.arn.apply(lambda arn: tls_only(service="s3", resource_arns=[arn, f"{arn}/*"]))
            ),
            opts=self.child(depends_on=[block]),
        )
