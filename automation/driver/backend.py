"""Finds where the state of a stack is kept, in the order in which Pulumi looks; reads, and logs in nowhere."""

import json
import os
from contextlib import suppress
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from automation.driver.target import StackTarget

BACKEND_VARIABLE = "PULUMI_BACKEND_URL"


def backend_of(target: StackTarget) -> str:
    """Return the backend's address: the environment's, the project's, or where `pulumi login` went; empty for none."""
    return (
        target.env.get(BACKEND_VARIABLE)
        or os.environ.get(BACKEND_VARIABLE)
        or _of_project(target.root / "Pulumi.yaml")
        or _of_login(Path(target.env.get("PULUMI_HOME") or os.environ.get("PULUMI_HOME") or _default_home()))
    )


def _of_project(file: Path) -> str:
    with suppress(OSError, YAMLError, AttributeError):
        return str(
            (YAML(typ="safe").load(file.read_text(encoding="utf-8")).get("backend") or {}).get("url") or ""
        )
    return ""


def _of_login(home: Path) -> str:
    with suppress(OSError, ValueError, AttributeError):
        return str(json.loads((home / "credentials.json").read_text()).get("current") or "")
    return ""


def _default_home() -> str:
    return str(Path.home() / ".pulumi")
