"""The policy pack under Pulumi's real engine, started by our language host as the official one would."""

from pathlib import Path

import pulumi_aws as aws
import pytest
from pulumi.automation.errors import CommandError

from bench.variants import Place

PACK = Path(__file__).parents[4] / "policies"
TAGS = {"Project": "p", "Environment": "e", "ManagedBy": "pulumi"}

pytestmark = [pytest.mark.slow, pytest.mark.acceptance]


def plain_queue():
    aws.sqs.Queue("jobs", tags=TAGS)


def kept_queue():
    letters = aws.sqs.Queue("jobs-dlq", sqs_managed_sse_enabled=True, tags=TAGS)
    redrive = letters.arn.apply(lambda arn: f'{{"deadLetterTargetArn": "{arn}", "maxReceiveCount": 3}}')
    aws.sqs.Queue("jobs", sqs_managed_sse_enabled=True, redrive_policy=redrive, tags=TAGS)


def test_a_plan_that_breaks_rules_is_refused_with_their_names_and_one_that_keeps_them_is_not(
    embedded, tmp_path, pulumi_toolchain
):
    server, port = embedded
    place = Place(
        endpoint=server.endpoint,
        provider_port=port,
        cli=pulumi_toolchain.bin_dir / "pulumi",
        folder=tmp_path,
    )
    stack = place.stack(plain_queue, {})
    with pytest.raises(CommandError) as found:
        stack.preview(policy_packs=[str(PACK)])
    assert "encrypted-at-rest" in str(found.value)
    assert "dead-letters" in str(found.value)
    stack.workspace.program = kept_queue
    stack.preview(policy_packs=[str(PACK)])
