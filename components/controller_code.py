"""The controller's code as an archive: the parts of the worker that it needs, and nothing that Lambda's runtime does not bring along.

Not the worker's image: that is pushed after the first deployment has made its repository, holds a model of a gigabyte, and starts for
seconds. A test runs the archive alone, so that a module that it lacks is noticed here.
"""

from pathlib import Path

import pulumi

HANDLER = "worker.controller.handler.handle"
RUNTIME = "python3.13"
ROOT = Path(__file__).resolve().parents[1]
PARTS = (
    "worker/__init__.py",
    "worker/scaling_ports.py",
    "worker/controller/*.py",
    "worker/domain/*.py",
    "worker/wiring/__init__.py",
    "worker/wiring/controller.py",
    *(
        f"worker/adapters/{name}.py"
        for name in (
            *("__init__", "aws_calls", "aws_errors", "dynamodb_activity", "dynamodb_control", "ecs_fleet"),
            *("sns_announcer", "sqs_lanes", "tick_clock"),
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
