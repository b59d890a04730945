"""CodeBuild as a driver sees it: builds that go on by one phase a look, and end as a test wants. Held to tests/contracts/test_build_service.py."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

PHASES = ("QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD")
LAST = ("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED")
STREAM = "stream-of-the-build"


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How a build ends: in a phase that fails, or never."""

    phase: str = ""
    status: str = "SUCCEEDED"
    message: str = ""
    log_group: str = ""
    is_never: bool = False


@dataclass
class FakeBuilds:
    """A client of CodeBuild; `endings` are dealt out to builds in the order in which they start."""

    projects: list[str] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    started: list[Mapping[str, Any]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    refusal: str = ""
    _builds: dict[str, dict[str, Any]] = field(default_factory=dict)
    _ending_of: dict[str, Ending] = field(default_factory=dict)

    def batch_get_projects(self, *, names: list[str]) -> dict[str, Any]:
        return {"projects": [{"name": name} for name in names if name in self.projects]}

    def start_build(self, **asked: Any) -> dict[str, Any]:
        if self.refusal:
            raise ClientError(
                {"Error": {"Code": self.refusal, "Message": "no builds in queue"}}, "StartBuild"
            )
        name = asked["projectName"]
        if name not in self.projects:
            error = {"Code": "ResourceNotFoundException", "Message": f"Project cannot be found: {name}"}
            raise ClientError({"Error": error}, "StartBuild")
        self.started.append(asked)
        build_id = f"{name}:{len(self.started)}"
        self._ending_of[build_id] = self.endings.pop(0) if self.endings else Ending()
        self._builds[build_id] = {
            "id": build_id,
            "currentPhase": "QUEUED",
            "buildStatus": "IN_PROGRESS",
            "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED"}, {"phaseType": "QUEUED"}],
            "logs": {"deepLink": "https://console/nothing-yet"},
        }
        return {"build": self._builds[build_id]}

    def batch_get_builds(self, *, ids: list[str]) -> dict[str, Any]:
        return {"builds": [self._moved_on(self._builds[one]) for one in ids if one in self._builds]}

    def stop_build(self, *, id: str) -> dict[str, Any]:  # noqa: A002 - boto3's name
        self.stopped.append(id)
        build = self._builds[id]
        if build["buildStatus"] == "IN_PROGRESS":
            self._end(build, "STOPPED", Ending())
        return {"build": build}

    def _moved_on(self, build: dict[str, Any]) -> dict[str, Any]:
        ending, phase = self._ending_of[build["id"]], build["currentPhase"]
        if build["buildStatus"] != "IN_PROGRESS" or (ending.is_never and phase == "BUILD"):
            return build
        if ending.log_group and phase == "PRE_BUILD":
            link = "https://console/the-log"
            build["logs"] = {"groupName": ending.log_group, "streamName": STREAM, "deepLink": link}
        if phase == ending.phase:
            self._end(build, ending.status, ending)
        else:
            self._begin_next(build)
        return build

    def _begin_next(self, build: dict[str, Any]) -> None:
        order = PHASES + LAST
        following = order[order.index(build["currentPhase"]) + 1]
        if following == "COMPLETED":
            self._end(build, "SUCCEEDED", Ending())
            return
        build["phases"][-1]["phaseStatus"] = "SUCCEEDED"
        build["phases"].append({"phaseType": following})
        build["currentPhase"] = following

    def _end(self, build: dict[str, Any], status: str, ending: Ending) -> None:
        last = build["phases"][-1]
        last["phaseStatus"] = status
        if ending.message:
            last["contexts"] = [{"statusCode": "COMMAND_EXECUTION_ERROR", "message": ending.message}]
        build.update(currentPhase="COMPLETED", buildStatus=status)
        build["phases"].append({"phaseType": "COMPLETED"})
