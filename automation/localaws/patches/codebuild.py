"""CodeBuild: a project can be changed, and a build goes through its phases, one a look, and then stays as it ended."""

from typing import Any

from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.models import CodeBuildBackend
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult
from moto.core.utils import iso_8601_datetime_with_milliseconds, unix_time

from automation.localaws.patches.replacement import extend, replace

PHASES = (
    *("QUEUED", "PROVISIONING", "DOWNLOAD_SOURCE", "INSTALL", "PRE_BUILD", "BUILD", "POST_BUILD"),
    *("UPLOAD_ARTIFACTS", "FINALIZING", "COMPLETED"),
)
CHANGEABLE = (
    *("description", "source", "artifacts", "environment", "serviceRole", "cache", "logsConfig"),
    *("timeoutInMinutes", "queuedTimeoutInMinutes", "sourceVersion", "vpcConfig", "tags"),
)


def apply() -> None:
    """Add what moto lacks, and put right what it ends at the first look, again and again."""
    extend(CodeBuildResponse, update_project=_update_project)
    replace(CodeBuildBackend, "batch_get_builds", _batch_get_builds)
    replace(CodeBuildBackend, "stop_build", _stop_build)


def _update_project(self: CodeBuildResponse) -> ActionResult:
    name = self._get_param("name")
    project = self.codebuild_backend.codebuild_projects.get(name)
    if project is None:
        raise ResourceNotFoundException(f"Project cannot be found: {name}")
    for key in CHANGEABLE:
        value = self._get_param(key)
        if value is not None:
            project.project_metadata[key] = value
    project.project_metadata["lastModifiedDate"] = unix_time()
    project.tags = project.project_metadata["tags"]
    return ActionResult({"project": project.project_metadata})


def _batch_get_builds(self: CodeBuildBackend, ids: list[str]) -> list[dict[str, Any]]:
    found = [_build(self, one) for one in ids]
    return [_moved_on(build) for build in found if build is not None]


def _stop_build(self: CodeBuildBackend, build_id: str) -> dict[str, Any] | None:
    build = _build(self, build_id)
    if build is not None and not build["buildComplete"]:
        _end_phase(build, "STOPPED")
        _complete(build, "STOPPED")
    return build


def _build(backend: CodeBuildBackend, build_id: str) -> dict[str, Any] | None:
    builds = (one for history in backend.build_metadata_history.values() for one in history)
    return next((build for build in builds if build["id"] == build_id), None)


def _moved_on(build: dict[str, Any]) -> dict[str, Any]:
    if build["buildComplete"]:
        return build
    following = PHASES[PHASES.index(build["currentPhase"]) + 1]
    _end_phase(build, "SUCCEEDED")
    if following == "COMPLETED":
        _complete(build, "SUCCEEDED")
    else:
        build["currentPhase"] = following
        build["phases"].append({"phaseType": following, "startTime": iso_8601_datetime_with_milliseconds()})
    return build


def _end_phase(build: dict[str, Any], status: str) -> None:
    now = iso_8601_datetime_with_milliseconds()
    build["phases"][-1].update(phaseStatus=status, endTime=now, durationInSeconds=0)


def _complete(build: dict[str, Any], status: str) -> None:
    now = iso_8601_datetime_with_milliseconds()
    build.update(currentPhase="COMPLETED", buildStatus=status, buildComplete=True, endTime=now)
    build["phases"].append({"phaseType": "COMPLETED", "startTime": now})
