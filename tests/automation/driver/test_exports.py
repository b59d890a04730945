"""Reading a stack's outputs: a script stands in for the CLI, and notes what it was asked."""

import json
from pathlib import Path

import pytest

from automation.driver.exports import read_exports
from automation.driver.target import StackTarget
from automation.driver.workspace import open_workspace
from automation.errors import StackMissing

PRINTED = {"queue_url": "https://queue", "key": "[secret]"}


def target_with(folder: Path, script: str) -> StackTarget:
    cli = folder / "pulumi"
    cli.write_text(f'#!/bin/sh\necho "$@" >> {folder}/asked\n{script}\n')
    cli.chmod(0o755)
    return StackTarget(
        environment="dev",
        root=folder,
        scratch=folder,
        pulumi=cli,
        pulumi_version="v3.1.0",
        env={"BACKEND": "here"},
        is_embedded=False,
        notify=lambda _text: None,
    )


def printing(folder: Path) -> StackTarget:
    return target_with(folder, f"echo '{json.dumps(PRINTED)}'")


def test_the_outputs_of_a_stack_take_one_start_of_the_cli(tmp_path: Path) -> None:
    assert read_exports(printing(tmp_path)) == PRINTED
    assert (tmp_path / "asked").read_text() == "--non-interactive stack output --json --stack dev\n"


def test_the_cli_is_led_to_the_stacks_backend(tmp_path: Path) -> None:
    assert read_exports(target_with(tmp_path, 'echo "{\\"backend\\": \\"$BACKEND\\"}"')) == {
        "backend": "here"
    }


def test_where_the_cli_refuses_there_are_no_outputs_and_the_long_way_tells_why(tmp_path: Path) -> None:
    from automation.driver.operations import exports_of

    target = target_with(tmp_path, "echo \"error: no stack named 'dev' found\" >&2; exit 255")
    assert read_exports(target) is None
    with pytest.raises(StackMissing):
        exports_of(target)


def test_no_operation_fetches_secrets_in_plain_text(tmp_path: Path) -> None:
    outputs = open_workspace(printing(tmp_path)).stack_outputs("dev")
    assert {name: (output.value, output.secret) for name, output in outputs.items()} == {
        "queue_url": ("https://queue", False),
        "key": ("[secret]", True),
    }
    assert "--show-secrets" not in (tmp_path / "asked").read_text()
