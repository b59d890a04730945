"""Makes images by the stack's own CodeBuild project: uploads what they are made of, starts a build each, and waits for all."""

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.driver.build_context import context_files, pack
from automation.driver.build_state import BuildState, failure_words, next_step, read_build
from automation.driver.image_builds import Builder, ImageBuild, buildspec_of
from automation.driver.image_maker import Notify
from automation.errors import Diagnostic
from components.build_machines import BUILD_MINUTES, QUEUED_MINUTES
from components.builder_permissions import SOURCES_PREFIX

LONGEST_SECONDS = 60.0 * (BUILD_MINUTES + QUEUED_MINUTES + 5)
"""CodeBuild ends a build by itself before that."""
LOOK_SECONDS = 5.0
WORDS_SECONDS = 60.0
"""A phase that lasts is told again so often."""
LAST_LINES = 15
"""Of the log of a build that failed."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How time passes."""

    now: Callable[[], float] = time.monotonic
    """Seconds since some moment."""
    sleep: Callable[[float], None] = time.sleep
    """Lets so many seconds pass."""


@dataclass(frozen=True, kw_only=True)
class CodeBuildMaker:
    """A project of the stack; nothing on this machine is needed."""

    client_of: Callable[[str], Any]
    """Clients by service."""
    project: str
    """Its name."""
    bucket: str
    """The stack's bucket, which the project reads sources from."""
    root: Path
    """Repository's root."""
    is_wanted: bool
    """The stack's settings ask for the project: a deployment makes it where it is not there."""
    wait: Wait = field(default_factory=Wait)
    """The clock."""

    @property
    def builder(self) -> Builder:
        """Which way."""
        return Builder.CODEBUILD

    def fault(self) -> str:
        """Say that the stack has no project; one that its settings ask for counts as there."""
        try:
            return "" if self.is_wanted or self.is_ready() else "the stack has no project for it"
        except (ClientError, BotoCoreError) as fault:
            return f"does not answer ({fault})"

    def is_ready(self) -> bool:
        """Look for the project."""
        return bool(self.client_of("codebuild").batch_get_projects(names=[self.project])["projects"])

    def make(self, builds: Sequence[ImageBuild], notify: Notify) -> None:
        """Have all images built at the same time; what runs is stopped, and the source taken away, however this ends."""
        source = self._upload(builds, notify)
        running: dict[str, ImageBuild] = {}
        ended: dict[str, BuildState] = {}
        try:
            for build in builds:
                running[self._start(build, source)] = build
                notify(f"Building {build.reference} for {build.platform} with {self.builder}")
            self._follow(running, ended, notify)
        finally:
            self._stop((it for it in running if it not in ended), running, notify)
            self._take_away(source, notify)
        failed = [(running[it], state) for it, state in ended.items() if not state.is_good]
        if failed:
            raise self._failure(failed)

    def _upload(self, builds: Sequence[ImageBuild], notify: Notify) -> Mapping[str, str]:
        names = context_files(self.root, builds)
        packed = pack(self.root, names)
        digest = hashlib.sha256(packed).hexdigest()[:16]
        # Not by the digest alone: two who deploy the same at once must not take away each other's source.
        key = f"{SOURCES_PREFIX}{digest}-{secrets.token_hex(4)}.zip"
        notify(f"Uploading {len(names)} files, {len(packed) >> 10} KiB, to s3://{self.bucket}/{key}")
        stored = self.client_of("s3").put_object(Bucket=self.bucket, Key=key, Body=packed)
        version = {"VersionId": stored["VersionId"]} if stored.get("VersionId") else {}
        return {"Bucket": self.bucket, "Key": key, **version}

    def _start(self, build: ImageBuild, source: Mapping[str, str]) -> str:
        try:
            started = self.client_of("codebuild").start_build(
                projectName=self.project,
                sourceTypeOverride="S3",
                sourceLocationOverride=f"{source['Bucket']}/{source['Key']}",
                buildspecOverride=buildspec_of(build),
            )
        except ClientError as fault:
            if fault.response.get("Error", {}).get("Code") != "AccountLimitExceededException":
                raise
            raise Diagnostic(
                "CodeBuild starts no build for this account",
                why=str(fault.response["Error"].get("Message", "")),
                next_step="ask for more under Service Quotas (CodeBuild, concurrently running builds, Small), then deploy again",
                reference="codebuild-quota",
            ) from fault
        return str(started["build"]["id"])

    def _follow(
        self, running: Mapping[str, ImageBuild], ended: dict[str, BuildState], notify: Notify
    ) -> None:
        telling, began = _Telling(notify=notify), self.wait.now()
        while True:
            answers = self.client_of("codebuild").batch_get_builds(ids=list(running))["builds"]
            seconds = self.wait.now() - began
            for state in map(read_build, answers):
                telling.tell(running[state.id].name, state, seconds)
                if not state.is_running:
                    ended[state.id] = state
            if len(ended) == len(running):
                return
            if seconds >= LONGEST_SECONDS:
                raise Diagnostic(
                    f"no image after {LONGEST_SECONDS / 60:.0f} minutes",
                    why="CodeBuild does not say that its builds have ended",
                    next_step="look at the project in the console, then deploy again",
                    reference="image-build-late",
                )
            self.wait.sleep(LOOK_SECONDS)

    def _stop(self, ids: Iterable[str], running: Mapping[str, ImageBuild], notify: Notify) -> None:
        """A build that nobody waits for costs, and pushes an image that nobody expects."""
        for one in ids:
            notify(f"Stopping the build of {running[one].name}")
            try:
                self.client_of("codebuild").stop_build(id=one)
            except (ClientError, BotoCoreError) as fault:
                notify(f"it goes on, and may push the image: {fault}")

    def _take_away(self, source: Mapping[str, str], notify: Notify) -> None:
        try:
            self.client_of("s3").delete_object(**source)
        except (ClientError, BotoCoreError) as fault:
            notify(f"s3://{source['Bucket']}/{source['Key']} is left, and expires in a day: {fault}")

    def _failure(self, failed: Sequence[tuple[ImageBuild, BuildState]]) -> Diagnostic:
        whys = []
        for build, state in failed:
            said = [state.reason, self._last_lines(state)]
            whys.append("\n".join([failure_words(build.name, state), *(it for it in said if it)]))
        why = "\n".join(whys)
        names = ", ".join(build.name for build, _ in failed)
        return Diagnostic(
            f"CodeBuild did not make {names}",
            why=why,
            next_step=next_step([state for _, state in failed], why),
            reference="image-build-failed",
        )

    def _last_lines(self, state: BuildState) -> str:
        if not state.log_stream:
            return ""
        try:
            events = self.client_of("logs").get_log_events(
                logGroupName=state.log_group,
                logStreamName=state.log_stream,
                limit=LAST_LINES,
                startFromHead=False,
            )["events"]
        except (ClientError, BotoCoreError) as fault:
            return f"its log can't be read: {fault}"
        return "\n".join(str(event["message"]).rstrip() for event in events)


@dataclass(kw_only=True)
class _Telling:
    """Tells each phase once, and again each minute that it lasts."""

    notify: Notify
    told: dict[str, tuple[str, float]] = field(default_factory=dict)

    def tell(self, name: str, state: BuildState, seconds: float) -> None:
        before, at = self.told.get(state.id, ("", 0.0))
        if before == state.words and seconds - at < WORDS_SECONDS:
            return
        self.told[state.id] = (state.words, seconds)
        self.notify(f"{name} {state.words} ({seconds:.0f} s)")
