"""Locks of a state that is kept in S3: seen, told and removed like those of a folder."""

import json
import secrets

import pytest

from automation.driver.locks import Liveness, locks_of
from automation.errors import Diagnostic
from automation.fleet.access import AwsAccess
from components.naming import PROJECT

pytestmark = pytest.mark.slow


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.delenv("AWS_PROFILE", raising=False)


@pytest.mark.usefixtures("shell")
def test_a_lock_in_a_bucket_is_told_and_removed_and_that_of_another_stack_is_left(access: AwsAccess) -> None:
    s3, bucket = access.client("s3"), f"state-{secrets.token_hex(4)}"
    s3.create_bucket(Bucket=bucket)
    fields = {"pid": 7, "username": "ci", "hostname": "runner-3", "timestamp": "2026-11-22T21:00:00Z"}
    keys = [f"team/.pulumi/locks/organization/{PROJECT}/{stack}/one.json" for stack in ("dev", "prod")]
    for key in keys:
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(fields).encode())
    url = f"s3://{bucket}/team?region=us-east-1&endpoint={access.endpoint}&s3ForcePathStyle=true"
    (lock,) = locks_of(url, "dev")
    assert lock.describe() == "held by ci on runner-3, process 7, since 2026-11-22T21:00:00"
    assert lock.liveness is Liveness.UNKNOWN
    lock.remove()
    assert locks_of(url, "dev") == ()
    assert len(locks_of(url, "prod")) == 1
    bare = url.replace("endpoint=http://", "disableSSL=true&endpoint=")
    assert len(locks_of(bare, "prod")) == 1


@pytest.mark.usefixtures("shell")
def test_a_bucket_that_is_not_there_is_a_fault_with_a_next_step(access: AwsAccess) -> None:
    with pytest.raises(Diagnostic, match="can't be read") as fault:
        locks_of(f"s3://no-such-{secrets.token_hex(4)}?region=us-east-1&endpoint={access.endpoint}", "dev")
    assert "PULUMI_BACKEND_URL" in fault.value.next_step
