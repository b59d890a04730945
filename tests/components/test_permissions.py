"""Policy documents: least privilege, by statement."""

import json
import re
from collections.abc import Iterator
from typing import Any

from components.archive_function import code_files
from components.autoscaling import CONTROLLER
from components.controller_permissions import ControllerResources, controller_policy
from components.ingress_function import INTAKE
from components.ingress_permissions import IngressResources, ingress_policy
from components.permissions import (
    WorkerResources,
    execution_policy,
    image_expiry,
    task_policy,
    tasks_trust,
    tls_only,
)
from tests.components.declared import ROOT

RESOURCES = WorkerResources(
    lane_arns=["arn:aws:sqs:r:1:high", "arn:aws:sqs:r:1:normal", "arn:aws:sqs:r:1:low"],
    dead_letter_arn="arn:aws:sqs:r:1:dlq",
    bucket_arn="arn:aws:s3:::bucket",
    table_arn="arn:aws:dynamodb:r:1:table/ledger",
    tasks_arn="arn:aws:ecs:r:1:task/fleet/*",
)


def grants(declaration: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in declaration.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(item.inputs["policy"])["Statement"]:
            yield item.name, statement


def test_a_worker_can_take_jobs_set_poison_aside_store_results_and_keep_the_ledger():
    granted = {
        statement["Sid"]: (tuple(statement["Action"]), tuple(statement["Resource"]))
        for statement in task_policy(RESOURCES)["Statement"]
    }
    assert granted == {
        "TakeJobs": (
            ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:SendMessage"),
            tuple(RESOURCES.lane_arns),
        ),
        "SetPoisonAside": (("sqs:SendMessage",), (RESOURCES.dead_letter_arn,)),
        "StoreResults": (
            ("s3:GetObject", "s3:PutObject"),
            ("arn:aws:s3:::bucket/test-results/*", "arn:aws:s3:::bucket/memory/*"),
        ),
        "ReadRequests": (("s3:GetObject",), ("arn:aws:s3:::bucket/payloads/*",)),
        "WriteReports": (("s3:PutObject",), ("arn:aws:s3:::bucket/batches/*",)),
        "TellMissingFromForbidden": (("s3:ListBucket",), ("arn:aws:s3:::bucket",)),
        "KeepLedger": (
            (
                "dynamodb:BatchGetItem",
                "dynamodb:GetItem",
                "dynamodb:PutItem",
                "dynamodb:Query",
                "dynamodb:UpdateItem",
            ),
            (RESOURCES.table_arn, f"{RESOURCES.table_arn}/index/by_batch"),
        ),
        "ProtectLongWork": (("ecs:UpdateTaskProtection",), ("arn:aws:ecs:r:1:task/fleet/*",)),
    }


SAME_PERMISSION = {"GetPaginator": "Query", "TransactWriteItems": "UpdateItem"}
"""Calls that ask for the permission of another one."""


def test_a_worker_may_do_what_its_adapters_call_and_nothing_else():
    called = set()
    for path in (ROOT / "worker" / "adapters").glob("*.py"):
        if f"worker/adapters/{path.name}" in code_files((*CONTROLLER.patterns, *INTAKE.patterns)):
            continue  # the controller's and ingress's, which have roles of their own
        service = path.stem.partition("_")[0]
        for name in re.findall(r"\b_?client\.(\w+)\(|\"(\w+_batch)\"", path.read_text()):
            words = "".join(name).removesuffix("_batch").split("_")
            action = "".join(word.capitalize() for word in words)
            if (
                service in {"sqs", "s3", "dynamodb", "ecs"} and path.stem != "ecs_metadata"
            ):  # that asks no API
                called.add(f"{service}:{SAME_PERMISSION.get(action, action)}")
    granted = {action for statement in task_policy(RESOURCES)["Statement"] for action in statement["Action"]}
    assert called == granted - {"s3:ListBucket"}  # the one that only makes errors honest


def test_the_controller_may_do_what_its_adapters_call_and_nothing_else():
    called = set()
    for name in code_files(CONTROLLER.patterns):
        service = name.removeprefix("worker/adapters/").partition("_")[0]
        for call in re.findall(r"\b_client\.(\w+)\(", (ROOT / name).read_text()):
            action = "".join(word.capitalize() for word in call.removesuffix("_batch").split("_"))
            called.add(f"{service}:{action}")
    resources = ControllerResources(
        lane_arns=[],
        service_arn="",
        tasks_arn="",
        table_arn="",
        topic_arn="",
        alarm_arns=[],
        log_group_arn="",
    )
    granted = {
        action for statement in controller_policy(resources)["Statement"] for action in statement["Action"]
    }
    written_by_lambda = {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert called - {"dynamodb:GetPaginator"} == granted - written_by_lambda


TRANSACTED = {
    "TransactWriteItems": ("PutItem", "UpdateItem"),
    "GeneratePresignedUrl": ("GetObject",),
    "Invoke": ("InvokeFunction",),
}
"""What these calls ask for, as ingress makes them."""


def test_ingress_may_do_what_its_adapters_call_and_nothing_else():
    called = {"ecs:DescribeServices", "ecs:UpdateService"}  # of an adapter that it shares with the controller
    for name in set(code_files(INTAKE.patterns)) - set(code_files(CONTROLLER.patterns)):
        text = (ROOT / name).read_text() if name.startswith("worker/adapters/") else ""
        service = name.removeprefix("worker/adapters/").partition("_")[0]
        calls = [(service, call) for call in re.findall(r"\b_client\.(\w+)\(", text)]
        calls += re.findall(r"\b_clients\[\"(\w+)\"\]\s*\.(\w+)\(", text)
        for of, call in calls:
            action = "".join(word.capitalize() for word in call.split("_"))
            called |= {f"{of}:{one}" for one in TRANSACTED.get(action, (action,))}
    arns = dict.fromkeys(
        ("bucket_arn", "table_arn", "log_group_arn", "service_arn", "controller_arn", "parameter_arn"),
        "arn:x",
    )
    statements = ingress_policy(IngressResources(lane_arns=[], **arns))["Statement"]
    granted = {action for statement in statements for action in statement["Action"]}
    assert called == granted - {"logs:CreateLogStream", "logs:PutLogEvents", "s3:ListBucket"}


def test_no_grant_deletes_data_administers_or_hands_on_rights(declaration):
    forbidden = (
        "iam:",
        "sts:",
        "sqs:Purge",
        "s3:Delete",
        "s3:PutBucket",
        "dynamodb:Delete",
        "dynamodb:Create",
    )
    for name, statement in grants(declaration):
        for action in statement["Action"]:
            if statement["Sid"] == "StrikeOffWhatWasSent":
                assert statement["Condition"]["ForAllValues:StringEquals"] == {
                    "dynamodb:LeadingKeys": ["later"]
                }
                continue
            assert not action.startswith(forbidden), f"{name}: {action}"


def test_no_grant_is_a_wildcard_but_the_registry_token(declaration):
    seen = list(grants(declaration))
    assert len(seen) >= 8
    for name, statement in seen:
        assert statement["Effect"] == "Allow"
        assert not [action for action in statement["Action"] if "*" in action], name
        if statement["Action"] != ["ecr:GetAuthorizationToken"]:
            for resource in statement["Resource"]:
                assert resource.startswith("arn:aws:"), name
                assert "*" not in resource.rstrip("*"), name


def test_grants_name_only_what_the_stack_made(declaration):
    known = {
        f"arn:aws:{part}" for part in ("sqs", "s3", "dynamodb", "ecr", "logs", "ecs", "sns", "cloudwatch")
    }
    for name, statement in grants(declaration):
        for resource in statement["Resource"]:
            assert resource == "*" or ":".join(resource.split(":")[:3]) in known, name


def test_only_tasks_of_the_own_account_take_the_roles():
    (statement,) = tasks_trust("123456789012")["Statement"]
    assert statement["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
    assert statement["Condition"] == {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def test_a_tls_policy_only_forbids():
    (statement,) = tls_only(service="s3", resource_arns=["a", "b"])["Statement"]
    assert (statement["Effect"], statement["Action"]) == ("Deny", "s3:*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_starting_a_task_needs_its_images_and_its_logs_only():
    policy = execution_policy(repository_arns=["arn:repo"], log_group_arn="arn:group")
    assert [statement["Resource"] for statement in policy["Statement"]] == [
        ["*"],
        ["arn:repo"],
        ["arn:group:log-stream:*"],
    ]


def test_images_expire_in_an_order_that_ecr_takes():
    rules = image_expiry(keep=20, untagged_days=7)["rules"]
    assert [rule["rulePriority"] for rule in rules] == [1, 2]
    assert rules[-1]["selection"]["tagStatus"] == "any"  # ECR wants it last
