"""Session: everything that a command needs to act on one stack: toolchain, embedded AWS, workspace, clients.

Composition happens here, lazily: a command that only reads results never builds a CLI.
"""

import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from automation.cli.console import Screen
from automation.driver.embedded import EmbeddedAws, EmbeddedStatus, state_dir_of
from automation.driver.exports import read_exports
from automation.driver.stack_file import REGION_KEY, read_stack_file
from automation.driver.target import StackTarget
from automation.errors import Diagnostic, StackMissing, UsageFault
from automation.fleet.access import AwsAccess
from components.outputs import StackOutputs

if TYPE_CHECKING:
    from pulumi.automation import Stack

ROOT = Path(__file__).resolve().parents[2]
"""Repository root."""
LOCAL = "local"
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class Session:
    """One command's work on one stack."""

    def __init__(self, environment: str, screen: Screen, *, is_embedded: bool | None = None) -> None:
        """`is_embedded` forces a stack other than local onto the embedded AWS (previews)."""
        self.environment = environment
        self.screen = screen
        self.is_embedded = environment == LOCAL if is_embedded is None else is_embedded
        if not self.is_embedded:
            _refuse_a_redirected_shell(environment)
        self.embedded = EmbeddedAws(state_dir_of(ROOT), root=ROOT)
        self.config = read_stack_file(ROOT / f"Pulumi.{environment}.yaml")

    @property
    def region(self) -> str:
        """Region of the stack's file."""
        return self.config.get(REGION_KEY, "us-east-1")

    def start_cloud(self) -> None:
        """Make sure that the embedded AWS runs, where this stack lives on it."""
        if self.is_embedded:
            self.embedded.start(self.screen.note)
            self.__dict__.pop("cloud", None)

    @functools.cached_property
    def cloud(self) -> EmbeddedStatus | None:
        """The running embedded AWS; None on AWS itself; raises Diagnostic where it is down."""
        if not self.is_embedded:
            return None
        status = self.embedded.status()
        if status is None:
            raise Diagnostic(
                "the embedded AWS is not running",
                why=f"no process answers for {self.embedded.state_dir}",
                next_step="python -m automation deploy --env local (or: local up)",
                reference="embedded-aws-down",
            )
        return status

    @functools.cached_property
    def access(self) -> AwsAccess:
        """AWS clients."""
        cloud = self.cloud
        return AwsAccess(
            region=cloud.region if cloud else self.region, endpoint=cloud.endpoint if cloud else None
        )

    @functools.cached_property
    def target(self) -> StackTarget:
        """The stack for the driver; finds or builds the CLI."""
        from automation.toolchain.locate import locate  # noqa: PLC0415 - loads only what an operation needs

        toolchain = locate(progress=self.screen.note)
        cloud = self.cloud
        env = self.embedded.environment(cloud) if cloud else {"PULUMI_SKIP_UPDATE_CHECK": "true"}
        tools = toolchain.environment(os.environ)
        return StackTarget(
            environment=self.environment,
            root=ROOT,
            scratch=ROOT / ".ddf" / "scratch" / self.environment,
            pulumi=toolchain.pulumi,
            pulumi_version=toolchain.version,
            env={**env, **{name: value for name, value in tools.items() if os.environ.get(name) != value}},
            is_embedded=self.is_embedded,
            notify=self.screen.note,
        )

    @functools.cached_property
    def outputs(self) -> StackOutputs:
        """Typed outputs of the deployed stack; heals first where the embedded AWS came back empty."""
        self.heal()
        exports = read_exports(self.target)
        if exports is None:
            from automation.driver.operations import exports_of  # noqa: PLC0415 - loads Pulumi

            exports = exports_of(self.target)
        try:
            return StackOutputs.from_exports(exports)
        except ValueError:
            raise StackMissing(
                f"stack {self.environment!r} is not deployed, or only in part",
                why="it has no outputs",
                next_step=f"python -m automation deploy --env {self.environment}",
                reference="stack-not-deployed",
            ) from None

    def heal(self) -> None:
        """Deploy again what an embedded AWS lost that died and came back empty."""
        cloud = self.cloud
        if cloud is None or not self.embedded.is_fresh(cloud, self.environment):
            return
        from automation.driver.operations import refresh, up  # noqa: PLC0415 - loads Pulumi
        from automation.driver.workspace import create_or_select_stack  # noqa: PLC0415 - loads Pulumi

        self.screen.note(
            "The embedded AWS came back empty: bringing the stack's state in line and deploying it again."
        )
        stack = create_or_select_stack(self.target)
        caller = self.access.account_id()
        refresh(self.target, stack, caller=caller, observe=lambda _view: None)
        up(self.target, stack, caller=caller, observe=lambda _view: None)
        self.embedded.remember(cloud, self.environment)

    def select(self) -> "Stack":
        """Select the existing stack."""
        from automation.driver.workspace import select_stack  # noqa: PLC0415 - loads Pulumi

        return select_stack(self.target)


def _refuse_a_redirected_shell(environment: str) -> None:
    """Raise UsageFault where this shell leads AWS calls to the embedded AWS: a deploy would seem to work, on nothing."""
    redirecting = [
        name
        for name, value in sorted(os.environ.items())
        if (name.startswith("AWS_ENDPOINT_URL") and urlsplit(value).hostname in _LOOPBACK)
        or name == "PULUMI_DEBUG_PROVIDERS"
    ]
    if redirecting:
        raise UsageFault(
            f"this shell points at the embedded AWS, but stack {environment!r} lives on AWS",
            why=f"{', '.join(redirecting)} set, as `local env` does",
            next_step="use a new shell; to plan without an account: preview --offline",
            reference="shell-redirected",
        )
