"""Pure: what CodeBuild says of a build, and how it is told to a person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

RUNNING, GOOD = "IN_PROGRESS", "SUCCEEDED"
WORDS: Mapping[str, str] = {
    "SUBMITTED": "is asked for",
    "QUEUED": "waits for a machine",
    "PROVISIONING": "gets a machine",
    "DOWNLOAD_SOURCE": "fetches its source",
    "INSTALL": "gets ready",
    "PRE_BUILD": "signs in to the registry",
    "BUILD": "is built and pushed",
    "POST_BUILD": "tidies up",
    "UPLOAD_ARTIFACTS": "tidies up",
    "FINALIZING": "tidies up",
}
RATE_LIMIT = "toomanyrequests"
"""Docker Hub's word to whoever has fetched too much from one address; builds of many accounts share theirs."""


@dataclass(frozen=True, kw_only=True)
class BuildState:
    """A build as it stands."""

    id: str
    """Of the build."""
    phase: str
    """CodeBuild's name of what it does now."""
    status: str
    """How it ended; IN_PROGRESS until then."""
    failed_phase: str
    """The first that did not succeed; empty where none."""
    reason: str
    """What CodeBuild says of that."""
    log_group: str
    """Empty until there is a log."""
    log_stream: str
    """The same."""
    link: str
    """The log in the console; empty until there is one."""

    @property
    def is_running(self) -> bool:
        """Whether more is to come."""
        return self.status == RUNNING

    @property
    def is_good(self) -> bool:
        """Whether the image is made and pushed."""
        return self.status == GOOD

    @property
    def words(self) -> str:
        """What it does, or how it ended, after the image's name."""
        if not self.is_running:
            return "is there" if self.is_good else f"is not made: {self.status.lower().replace('_', ' ')}"
        return WORDS.get(self.phase, f"is in phase {self.phase}")


def read_build(answer: Mapping[str, Any]) -> BuildState:
    """Read one of the builds that BatchGetBuilds returns."""
    logs = answer.get("logs") or {}
    stream = str(logs.get("streamName") or "")
    failed = _failed_phase(answer.get("phases") or ())
    return BuildState(
        id=str(answer["id"]),
        phase=str(answer.get("currentPhase") or ""),
        status=str(answer.get("buildStatus") or RUNNING),
        failed_phase=str(failed.get("phaseType") or ""),
        reason="; ".join(_messages(failed.get("contexts") or ())),
        log_group=str(logs.get("groupName") or ""),
        log_stream=stream,
        link=str(logs.get("deepLink") or "") if stream else "",
    )


def _failed_phase(phases: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((it for it in phases if it.get("phaseStatus") not in {None, GOOD, RUNNING}), {})


def _messages(contexts: Sequence[Mapping[str, Any]]) -> list[str]:
    return [message for context in contexts if (message := str(context.get("message") or "").strip())]


def failure_words(name: str, state: BuildState) -> str:
    """Say which phase of an image's build failed, and how."""
    phase = f" in phase {state.failed_phase}" if state.failed_phase else ""
    return f"{name} {state.status.lower().replace('_', ' ')}{phase}"


def next_step(states: Sequence[BuildState], log: str) -> str:
    """Say what to do about builds that failed."""
    links = [f"the whole log: {state.link}" for state in states if state.link]
    advice = (
        "Docker Hub refuses for a while whoever shares an address with many: deploy again in some minutes"
        if RATE_LIMIT in log
        else "mend it and deploy again: what was pushed is not built anew"
    )
    return "; ".join([*links, advice])
