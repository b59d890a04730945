"""The doctor's look at a stack: its file, its backend, its secrets, its lock, and what an interruption left."""

import functools
import os
from collections.abc import Mapping
from typing import Any

from automation.cli.doctor_account import check_ownership, is_asleep
from automation.cli.session import Session
from automation.cli.unlock import age_words
from automation.driver.backend import backend_of
from automation.driver.failures import translated_failures
from automation.driver.guard import accounts_in
from automation.driver.locks import locks_of
from automation.driver.operations import deployment_of
from automation.driver.pending import pending_of
from automation.driver.stack_file import check_config
from automation.driver.workspace import PASSPHRASE_VARIABLE, open_workspace, select_stack
from automation.errors import AuthFault, Diagnostic, LockedFault, StackMissing

_ASLEEP = "the embedded AWS is not running"


class StackChecks:
    """The checks of one stack; its state is read once."""

    def __init__(self, session: Session) -> None:
        """`session` is the stack's."""
        self._session = session

    @functools.cached_property
    def _deployment(self) -> Mapping[str, Any]:
        """The state; empty where the stack is not there."""
        try:
            return deployment_of(select_stack(self._session.target))
        except StackMissing:
            return {}

    def check_file(self) -> str:
        """All mistakes together."""
        name = f"Pulumi.{self._session.environment}.yaml"
        check_config(self._session.config, file_name=name)
        return f"{name} is valid, region {self._session.region}"

    def check_backend(self) -> str:
        """The state can be read."""
        if is_asleep(self._session):
            return _ASLEEP
        backend = backend_of(self._session.target)
        if not backend:
            raise AuthFault(
                "Pulumi has no backend for the state",
                next_step="pulumi login s3://your-state-bucket, or set PULUMI_BACKEND_URL",
            )
        count = len(self._deployment.get("resources") or ())
        return f"{backend}, {count} resources" if count else f"{backend}, nothing deployed"

    def check_passphrase(self) -> str:
        """What is encrypted in the stack's file can be opened."""
        if is_asleep(self._session):
            return _ASLEEP
        target = self._session.target
        if "encryptionsalt:" not in target.config_file.read_text(encoding="utf-8"):
            return self._first_passphrase()
        with translated_failures(self._session.environment):
            open_workspace(target).pulumi_command.run(
                ["config", "--show-secrets", "--json", "--stack", target.environment],
                str(target.root),
                dict(target.env),
            )
        return "the secrets of the stack's file can be opened"

    def _first_passphrase(self) -> str:
        is_own = backend_of(self._session.target).startswith(("file:", "s3:", "gs:", "azblob:"))
        names = (PASSPHRASE_VARIABLE, f"{PASSPHRASE_VARIABLE}_FILE")
        is_set = any(name in os.environ or name in self._session.target.env for name in names)
        if is_own and not is_set:
            raise AuthFault(
                "no passphrase is set for the secrets of this stack",
                why="a backend of your own wants one, even if it is empty",
                next_step=f"export {PASSPHRASE_VARIABLE}=..., the same for everybody and in CI",
            )
        return "set" if is_own else "the backend keeps the key"

    def check_account(self) -> str:
        """Whose stack it is."""
        return (
            _ASLEEP
            if is_asleep(self._session)
            else check_ownership(self._session, accounts_in(self._deployment))
        )

    def check_lock(self) -> str:
        """Nobody holds it."""
        if is_asleep(self._session):
            return "free"
        held = locks_of(backend_of(self._session.target), self._session.environment)
        if not held:
            return "free"
        stale = "; its process is gone" if held[0].is_stale else ""
        raise LockedFault(
            f"{held[0].describe()}, for {age_words(held[0].age_seconds())}{stale}",
            next_step=f"wait for it, or: python -m automation unlock --env {self._session.environment}",
        )

    def check_pending(self) -> str:
        """Nothing is half done."""
        if is_asleep(self._session):
            return "none"
        pending = pending_of(self._deployment)
        if pending:
            names = ", ".join(f"{one.name} ({one.kind})" for one in pending)
            raise Diagnostic(
                f"{len(pending)} operations were interrupted",
                why=names,
                next_step=f"python -m automation recover --env {self._session.environment}",
            )
        return "none"
