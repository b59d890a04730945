"""Functions from archives and what starts them by the clock, through create, no-op, change and delete over gRPC."""

import json

import grpc
import pytest

RULE, TARGET = "aws:cloudwatch/eventRule:EventRule", "aws:cloudwatch/eventTarget:EventTarget"
FUNCTION, ROLE = "aws:lambda/function:Function", "aws:iam/role:Role"
ARCHIVE_SIGNATURE = "0def7320c3a5731c473e5ecbe6d01bc7"
SIGNATURE = "4dabf18193072939515e22adb298388d"


def archive(digest: str) -> dict:
    return {SIGNATURE: ARCHIVE_SIGNATURE, "hash": digest, "assets": {}}


@pytest.fixture
def role(engine):
    trust = {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}
        ]
    }
    state = engine.create(ROLE, {"name": "schedules", "assumeRolePolicy": json.dumps(trust)})
    yield state[1]["arn"]
    engine.delete(ROLE, state)


def test_a_schedule_and_its_target_are_made_changed_and_removed(engine):
    news = {"name": "tick", "scheduleExpression": "rate(1 minute)", "tags": {"A": "1"}}
    rule = engine.create(RULE, news)
    assert rule[1]["arn"].endswith(":rule/tick")
    assert list(engine.diff(RULE, rule, news).diffs) == []
    arn = "arn:aws:lambda:us-east-1:123456789012:function:it"
    wanted = {"rule": "tick", "targetId": "it", "arn": arn, "retryPolicy": {"maximumRetryAttempts": 0}}
    target = engine.create(TARGET, wanted)
    assert target[1]["arn"] == arn
    read = engine.read(TARGET, target[0], target[1], target[2])
    assert read[1]["retryPolicy"] == {"maximumRetryAttempts": 0}
    slower = engine.update(RULE, rule, {**news, "scheduleExpression": "rate(5 minutes)"})
    assert slower[1]["scheduleExpression"] == "rate(5 minutes)"
    engine.delete(TARGET, target)
    engine.delete(RULE, slower)
    assert engine.read(RULE, "tick", slower[1], slower[2])[0] == ""


@pytest.mark.parametrize("schedule", ["rate(1 minutes)", "rate(0 minutes)", "each minute", "cron(* * *)"])
def test_a_schedule_that_aws_refuses_is_refused(engine, schedule):
    _, faults = engine.check(RULE, {"name": "tick", "scheduleExpression": schedule})
    assert [name for name, _ in faults] == ["scheduleExpression"]


def test_a_function_from_an_archive_changes_with_its_code_and_not_without(engine, role):
    news = {
        "name": "zipped",
        "runtime": "python3.13",
        "handler": "module.handle",
        "role": role,
        "code": archive("aaa"),
        "environment": {"variables": {"DDF_A": "1"}},
    }
    state = engine.create(FUNCTION, news)
    assert state[1]["handler"] == "module.handle"
    no_change = engine.diff(FUNCTION, state, news)
    assert list(no_change.diffs) == []
    refreshed = engine.read(FUNCTION, state[0], state[1], state[2])
    assert list(engine.diff(FUNCTION, refreshed, news).diffs) == []
    changed = {**news, "code": archive("bbb")}
    assert "code" in engine.diff(FUNCTION, state, changed).diffs
    newer = engine.update(FUNCTION, state, changed)
    assert newer[1]["codeSha256"] != state[1]["codeSha256"]
    told = engine.update(FUNCTION, newer, {**changed, "environment": {"variables": {"DDF_A": "2"}}})
    assert told[1]["environment"] == {"variables": {"DDF_A": "2"}}
    engine.delete(FUNCTION, told)


def test_a_function_from_an_archive_without_a_handler_is_refused(engine, role):
    with pytest.raises(grpc.RpcError, match="needs 'handler'"):
        engine.create(FUNCTION, {"name": "none", "runtime": "python3.13", "role": role, "code": archive("a")})
