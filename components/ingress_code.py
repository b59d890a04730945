"""Ingress's code as an archive, as the controller's is: only the parts of the worker that it needs, and nothing that Lambda's runtime does not bring along."""

import pulumi

from components.controller_code import ROOT

HANDLER = "worker.ingress.handler.handle"
PARTS = (
    "worker/__init__.py",
    "worker/ingress_ports.py",
    "worker/scaling_ports.py",
    "worker/ingress/*.py",
    "worker/ingress/openapi.json",
    "worker/domain/*.py",
    "worker/wiring/__init__.py",
    "worker/wiring/ingress.py",
    *(
        f"worker/adapters/{name}.py"
        for name in (
            *("__init__", "aws_book", "aws_calls", "aws_errors", "aws_requests", "dynamodb_control"),
            *(
                "dynamodb_receipts",
                "dynamodb_wishes",
                "ecs_fleet",
                "ecs_starter",
                "ssm_secrets",
                "tick_clock",
            ),
        )
    ),
)


def code_files() -> list[str]:
    """Return the archive's files, relative to the repository."""
    found = {path.relative_to(ROOT).as_posix() for pattern in PARTS for path in ROOT.glob(pattern)}
    return sorted(found)


def code_archive() -> pulumi.AssetArchive:
    """Return the archive; the same code is the same archive, wherever it is checked out."""
    return pulumi.AssetArchive({name: pulumi.FileAsset(name) for name in code_files()})
