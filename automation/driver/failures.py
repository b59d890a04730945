"""Translates what Pulumi says when it fails into a Diagnostic. The only place that reads its text.

CommandError carries nothing but text, so the recorded diagnostics of the view come first: they are the cause without the
noise around it.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from pulumi.automation.errors import CommandError, ConcurrentUpdateError, StackNotFoundError

from automation.driver.events import DeploymentView
from automation.errors import AuthFault, ChangesFound, Diagnostic, LockedFault, StackMissing, UsageFault

_NOISE = ("update failed", "preview failed", "destroy failed", "failed to register new resource")
_AUTH = re.compile(
    r"ExpiredToken|InvalidClientTokenId|UnrecognizedClient|no valid credential sources|NoCredentialProviders|"
    r"Unable to locate credentials|AccessDenied\b",
    re.IGNORECASE,
)
_CONFIG = re.compile(r"the configuration of stack|Missing required configuration variable|ConfigInvalid")
_PASSPHRASE = re.compile(
    r"passphrase must be set|incorrect passphrase|must set PULUMI_CONFIG_PASSPHRASE", re.IGNORECASE
)
_NOT_LOGGED_IN = re.compile(
    r"PULUMI_ACCESS_TOKEN must be set|not logged in|please run `pulumi login`", re.IGNORECASE
)
_EXISTS = re.compile(r"AlreadyExists|already exists|AlreadyOwnedByYou|ResourceInUseException")
_UNREACHABLE = re.compile(
    r"connection refused|Could not connect to the endpoint|could not connect|did not begin responding to RPC",
    re.IGNORECASE,
)
_DETAIL_CHARACTERS = 1500


def translate_failure(error: CommandError, view: DeploymentView, *, environment: str) -> Diagnostic:
    """Return the diagnostic for a failed operation."""
    causes = _causes(view) or _error_block(str(error))
    if isinstance(error, ConcurrentUpdateError) or "the stack is currently locked" in str(error):
        return locked(environment, why=_error_block(str(error)))
    if isinstance(error, StackNotFoundError):
        return StackMissing(
            f"there is no stack {environment!r}",
            why="nothing was deployed under this name with this backend",
            next_step=f"python -m automation deploy --env {environment}",
            reference="stack-missing",
        )
    if "error: no changes were expected" in str(error):
        return ChangesFound(
            "changes were found where none were expected", why=causes, reference="changes-found"
        )
    return _by_text(causes, environment)


@contextmanager
def translated_failures(environment: str) -> Iterator[None]:
    """Raise a Diagnostic for what Pulumi refuses outside of an operation: selecting, creating, reading, configuring."""
    try:
        yield
    except CommandError as failure:
        raise translate_failure(failure, DeploymentView(), environment=environment) from failure


def locked(environment: str, *, why: str) -> LockedFault:
    """Return the diagnostic for a stack that another operation holds."""
    return LockedFault(
        f"stack {environment!r} is locked by another operation",
        why=why,
        next_step=f"wait for it to end and run the command again; if it never will: python -m automation unlock --env {environment}",
        reference="stack-locked",
    )


def _by_text(causes: str, environment: str) -> Diagnostic:
    if _CONFIG.search(causes):
        return UsageFault(
            f"the configuration of stack {environment!r} is not valid",
            why=causes,
            next_step=f"edit Pulumi.{environment}.yaml and run the command again",
            reference="config-invalid",
        )
    fault = _of_credentials(causes)
    if fault is not None:
        return fault
    if _UNREACHABLE.search(causes) and environment == "local":
        return Diagnostic(
            "the embedded AWS did not answer",
            why=causes,
            next_step="python -m automation local status; then run the command again",
            reference="embedded-aws-down",
        )
    if _EXISTS.search(causes):
        return _unrecorded(causes, environment)
    return Diagnostic(
        "the operation failed",
        why=causes,
        next_step="fix the cause and run the same command again: what was made is recorded",
        reference="operation-failed",
    )


def _unrecorded(causes: str, environment: str) -> Diagnostic:
    """A run that was killed outright may have made what it could not record any more."""
    if environment == "local":
        next_step = (
            "python -m automation local down; then deploy: the embedded AWS starts empty and all is made anew"
        )
    else:
        next_step = "import it (pulumi import) or delete it, then run the command again"
    return Diagnostic(
        "something is there already that the stack does not know of",
        why=causes,
        next_step=next_step,
        reference="unrecorded",
    )


def _of_credentials(causes: str) -> AuthFault | None:
    if _PASSPHRASE.search(causes):
        return AuthFault(
            "the stack's secrets can't be opened",
            why=causes,
            next_step="set PULUMI_CONFIG_PASSPHRASE, or the secrets provider that the stack was made with",
            reference="passphrase",
        )
    if _NOT_LOGGED_IN.search(causes):
        return AuthFault(
            "Pulumi has no backend for the state of this stack",
            why=causes,
            next_step="pulumi login s3://your-state-bucket (or set PULUMI_BACKEND_URL); without any: --env local",
            reference="pulumi-login",
        )
    if _AUTH.search(causes):
        return AuthFault(
            "AWS refused the credentials",
            why=causes,
            next_step="log in (aws sso login, or AWS_PROFILE) and run `python -m automation doctor`",
            reference="aws-auth",
        )
    return None


def _causes(view: DeploymentView) -> str:
    lines = []
    for one in view.errors:
        if one.message.startswith(_NOISE):
            continue
        name = one.urn.rsplit("::", 1)[-1]
        lines.append(f"{name}: {one.message}" if name else one.message)
    return "\n".join(dict.fromkeys(lines))[:_DETAIL_CHARACTERS]


def _error_block(text: str) -> str:
    """Return the lines from the first `error:` on, without the dump of stdout before it."""
    stderr = text.rsplit("stderr:", 1)[-1].strip()
    found = re.search(r"^error: .*", stderr, re.MULTILINE | re.DOTALL)
    return (found.group(0) if found else stderr)[:_DETAIL_CHARACTERS]
