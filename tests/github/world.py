"""What the mock GitHub holds: repositories, pull requests, comments, check runs. Answers are the description's own examples,
with what the world knows put in their places."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.github.remotes import LocalRemotes
from worker.domain.publication import Repository

NOW = "2026-01-02T03:04:05Z"


@dataclass
class Project:
    """A repository."""

    full_name: str
    default_branch: str = "main"
    can_push: bool = True
    is_archived: bool = False
    protected: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)
    pulls: list[dict[str, Any]] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    runs: list[dict[str, Any]] = field(default_factory=list)
    annotations: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    has_drafts: bool = True
    jobs: dict[int, list[dict[str, Any]]] = field(default_factory=dict)
    """Of workflow runs: id, name and conclusion of each."""
    logs: dict[int, bytes | None] = field(default_factory=dict)
    """Of those jobs; None where it was kept for as long as logs are."""
    workflow_runs: list[dict[str, Any]] = field(default_factory=list)
    """What is listed of them."""

    def ran(
        self, run: int, job: int, name: str, log: bytes | str | None, conclusion: str = "failure"
    ) -> None:
        """A job of a workflow run ends."""
        self.jobs.setdefault(run, []).append(
            {"id": job, "run_id": run, "name": name, "conclusion": conclusion}
        )
        self.logs[job] = log.encode() if isinstance(log, str) else log

    def listed(self, run: int, commit: str, workflow: str, conclusion: str = "failure", **more: Any) -> None:
        """A workflow run begins on a commit, a minute after the one before; it is over where nothing else is said."""
        begun = f"2026-01-02T{len(self.workflow_runs) // 60:02}:{len(self.workflow_runs) % 60:02}:00Z"
        known = {"id": run, "head_sha": commit, "name": workflow, "workflow_id": sum(workflow.encode())}
        ended = {"status": "completed", "conclusion": conclusion, "event": "push"}
        self.workflow_runs.append(
            {**known, **ended, "created_at": begun, "run_started_at": begun, "pull_requests": [], **more}
        )


@dataclass(frozen=True)
class Call:
    """A request, understood."""

    variables: Mapping[str, str]
    query: Mapping[str, str]
    data: dict[str, Any]
    example: Callable[[int], Any]
    login: str


Answer = tuple[int, Any]


@dataclass
class GithubWorld:
    """All of it."""

    projects: dict[str, Project] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    remotes: LocalRemotes | None = None
    """Where the branches lie; pull requests from what is not there are refused, as GitHub does."""
    app_slug: str = "fleet-app"
    token_minutes: int = 60
    tokens: dict[str, str] = field(default_factory=dict)
    """Installation token -> repository that it is for."""
    contents: str = "write"
    now: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)

    def add(self, full_name: str, **facts: Any) -> Project:
        self.projects[full_name] = Project(full_name=full_name, **facts)
        return self.projects[full_name]

    def answer(self, operation: str, call: Call) -> Answer:
        return getattr(self, HANDLERS[operation])(call)

    def project(self, call: Call) -> Project:
        return self.projects[f"{call.variables['owner']}/{call.variables['repo']}"]

    def knows(self, call: Call) -> bool:
        return (
            "owner" not in call.variables
            or f"{call.variables['owner']}/{call.variables['repo']}" in self.projects
        )

    def app(self, call: Call) -> Answer:
        return 200, {**call.example(200), "slug": self.app_slug}

    def user(self, call: Call) -> Answer:
        return 200, {**call.example(200), "login": call.login}

    def installation(self, call: Call) -> Answer:
        return 200, {**call.example(200), "id": 7}

    def access_token(self, call: Call) -> Answer:
        token = f"ghs_{len(self.tokens):036d}"
        (name,) = call.data["repositories"]
        self.tokens[token] = name
        expires = (self.now + timedelta(minutes=self.token_minutes)).strftime("%Y-%m-%dT%H:%M:%SZ")
        answer = {**call.example(201), "token": token, "expires_at": expires}
        answer["permissions"] = {"contents": self.contents, "metadata": "read"}
        return 201, answer

    def repository(self, call: Call) -> Answer:
        project = self.project(call)
        permissions = {
            "admin": False,
            "maintain": False,
            "push": project.can_push,
            "triage": False,
            "pull": True,
        }
        return 200, {
            **call.example(200),
            "name": project.full_name.split("/")[1],
            "full_name": project.full_name,
            "default_branch": project.default_branch,
            "archived": project.is_archived,
            "permissions": permissions,
        }

    def branch(self, call: Call) -> Answer:
        project, name = self.project(call), call.variables["branch"]
        if not self._tip(project, name) and name not in project.protected:
            return 404, None
        return 200, {**call.example(200), "name": name, "protected": name in project.protected}

    def branch_rules(self, call: Call) -> Answer:
        example = call.example(200)[0]
        kept = {key: value for key, value in example.items() if key.startswith("ruleset")}
        rules = [{**kept, "type": kind, **_PARAMETERS.get(kind, {})} for kind in self.project(call).rules]
        return 200, rules

    def fork(self, call: Call) -> Answer:
        source = self.project(call)
        name = f"{call.login}/{source.full_name.split('/')[1]}"
        if name not in self.projects:
            self.add(name, default_branch=source.default_branch)
            if self.remotes is not None:
                self.remotes.create(_named(name), source=_named(source.full_name))
        return 202, {**call.example(202), "full_name": name, "name": name.split("/")[1]}

    def merge_upstream(self, call: Call) -> Answer:
        project = self.project(call)
        if self.remotes is not None:
            sources = [
                name for name in self.projects if name.split("/")[1] == project.full_name.split("/")[1]
            ]
            tip = self.remotes.tip(_named(sources[0]), call.data["branch"])
            if tip is None:
                return 422, None
        return 200, call.example(200)

    def pulls(self, call: Call) -> Answer:
        found = [
            pull
            for pull in self.project(call).pulls
            if call.query["head"] == pull["head"]["label"]
            and call.query.get("state", "open") in {"all", pull["state"]}
        ]
        example = call.example(200)[0]
        known = sorted(found, key=lambda pull: -pull["number"])[: int(call.query.get("per_page", "30"))]
        return 200, [{**example, **{key: pull[key] for key in _OWN}} for pull in known]

    def open_pull(self, call: Call) -> Answer:
        project, data = self.project(call), call.data
        head = data["head"]
        label = head if ":" in head else f"{project.full_name.split('/')[0]}:{head}"
        owner, branch = label.split(":", 1)
        source = f"{owner}/{project.full_name.split('/')[1]}"
        fault = self._pull_fault(project, label, source, branch, data)
        if fault:
            return 422, {
                "message": "Validation Failed",
                "errors": [fault],
                "documentation_url": "https://docs.github.com",
            }
        number = len(project.pulls) + len(project.comments) + 1
        pull = call.example(201)
        pull |= {
            "number": number,
            "state": "open",
            "title": data["title"],
            "body": data.get("body"),
            "draft": bool(data.get("draft")),
            "html_url": f"https://github.com/{project.full_name}/pull/{number}",
            "merged": False,
            "merged_at": None,
            "closed_at": None,
            "labels": [],
        }
        pull["head"] |= {
            "label": label,
            "ref": branch,
            "sha": self._tip(self.projects[source], branch) or "a" * 40,
        }
        pull["base"] |= {"ref": data["base"]}
        project.pulls.append(pull)
        return 201, pull

    def pull(self, call: Call) -> Answer:
        pull = self._pull(call, "pull_number")
        return (
            (404, None) if pull is None else (200, {**call.example(200), **{key: pull[key] for key in _OWN}})
        )

    def update_pull(self, call: Call) -> Answer:
        pull = self._pull(call, "pull_number")
        if pull is None:
            return 404, None
        pull |= call.data
        return 200, pull

    def add_labels(self, call: Call) -> Answer:
        pull = self._pull(call, "issue_number")
        if pull is None:
            return 404, None
        example = call.example(200)[0]
        names = [label["name"] for label in pull["labels"]]
        pull["labels"] += [{**example, "name": name} for name in call.data["labels"] if name not in names]
        return 200, pull["labels"]

    def comments(self, call: Call) -> Answer:
        number = call.variables["issue_number"]
        found = [
            each for each in self.project(call).comments if each["issue_url"].endswith(f"/issues/{number}")
        ]
        return 200, _paged(call, found)

    def add_comment(self, call: Call) -> Answer:
        comment = self.comment(
            self.project(call),
            int(call.variables["issue_number"]),
            call.login,
            call.data["body"],
            call.example(201),
        )
        return 201, comment

    def comment(
        self, project: Project, number: int, login: str, body: str, example: dict[str, Any]
    ) -> dict[str, Any]:
        comment = {
            **example,
            "id": 100 + len(project.comments),
            "body": body,
            "issue_url": f"https://api.github.com/repos/{project.full_name}/issues/{number}",
        }
        comment["user"] = {**comment["user"], "login": login}
        project.comments.append(comment)
        return comment

    def update_comment(self, call: Call) -> Answer:
        for comment in self.project(call).comments:
            if str(comment["id"]) == call.variables["comment_id"]:
                comment.update(call.data)
                return 200, comment
        return 404, None

    def runs(self, call: Call) -> Answer:
        example = call.example(200)
        found = [
            run
            for run in self.project(call).runs
            if run["head_sha"] == call.variables["ref"]
            and run["name"] == call.query.get("check_name", run["name"])
        ]
        latest = found[-1:] if call.query.get("filter") == "latest" else found
        return 200, {**example, "total_count": len(latest), "check_runs": latest}

    def add_run(self, call: Call) -> Answer:
        project = self.project(call)
        run = call.example(201)
        run["id"] = 1000 + len(project.runs)
        run["app"] = {**run["app"], "slug": self.app_slug}
        run |= {"external_id": "", "conclusion": None, "status": "queued", "details_url": None}
        project.runs.append(run)
        project.annotations[run["id"]] = []
        return 201, self._changed(project, run, call.data)

    def update_run(self, call: Call) -> Answer:
        project = self.project(call)
        for run in project.runs:
            if str(run["id"]) == call.variables["check_run_id"]:
                return 200, self._changed(project, run, call.data)
        return 404, None

    def run(self, call: Call) -> Answer:
        for run in self.project(call).runs:
            if str(run["id"]) == call.variables["check_run_id"]:
                return 200, run
        return 404, None

    def annotations(self, call: Call) -> Answer:
        example = call.example(200)[0]
        held = self.project(call).annotations.get(int(call.variables["check_run_id"]), [])
        return 200, _paged(call, [{**example, **each} for each in held])

    def workflow_runs(self, call: Call) -> Answer:
        example, query = call.example(200), call.query
        found = [
            {**example["workflow_runs"][0], **run}
            for run in self.project(call).workflow_runs
            if run["head_sha"] == query.get("head_sha", run["head_sha"])
            and query.get("status", run["status"]) in {run["status"], run["conclusion"]}
        ]
        newest = sorted(found, key=lambda run: str(run["created_at"]), reverse=True)
        return 200, {"total_count": len(found), "workflow_runs": _paged(call, newest)}

    def run_jobs(self, call: Call) -> Answer:
        project, example = self.project(call), call.example(200)
        held = project.jobs.get(int(call.variables["run_id"]))
        if held is None:
            return 404, None
        jobs = [{**example["jobs"][0], **job} for job in held]
        return 200, {"total_count": len(jobs), "jobs": _paged(call, jobs)}

    def job_log(self, call: Call) -> Answer:
        project, number = self.project(call), int(call.variables["job_id"])
        if number not in project.logs:
            return 404, None
        return (410, None) if project.logs[number] is None else (302, None)

    def _changed(self, project: Project, run: dict[str, Any], data: Mapping[str, Any]) -> dict[str, Any]:
        output = dict(data.get("output", {}))
        held = project.annotations[run["id"]]
        held += output.pop("annotations", [])
        run |= {key: value for key, value in data.items() if key != "output"}
        run["completed_at"] = NOW if run["status"] == "completed" else None
        run["output"] = {**run["output"], "text": None, **output, "annotations_count": len(held)}
        return run

    def _pull(self, call: Call, variable: str) -> dict[str, Any] | None:
        for pull in self.project(call).pulls:
            if str(pull["number"]) == call.variables[variable]:
                return pull
        return None

    def _pull_fault(
        self, project: Project, label: str, source: str, branch: str, data: Mapping[str, Any]
    ) -> dict[str, Any] | None:
        what = {"resource": "PullRequest", "code": "custom"}
        if any(pull["head"]["label"] == label and pull["state"] == "open" for pull in project.pulls):
            return {**what, "message": f"A pull request already exists for {label}."}
        if data.get("draft") and not project.has_drafts:
            return {**what, "message": "Draft pull requests are not supported in this repository."}
        if self.remotes is not None and not self._tip(self.projects[source], branch):
            return {"resource": "PullRequest", "field": "head", "code": "invalid"}
        return None

    def _tip(self, project: Project, branch: str) -> str | None:
        return self.remotes.tip(_named(project.full_name), branch) if self.remotes is not None else None


def _paged(call: Call, items: list[Any]) -> list[Any]:
    size, page = int(call.query.get("per_page", "30")), int(call.query.get("page", "1"))
    return items[(page - 1) * size : page * size]


def _named(full_name: str) -> Repository:
    owner, name = full_name.split("/")
    return Repository(owner=owner, name=name)


_OWN = (
    "number",
    "state",
    "title",
    "body",
    "draft",
    "html_url",
    "merged_at",
    "closed_at",
    "labels",
    "head",
    "base",
)
_PARAMETERS = {
    "pull_request": {
        "parameters": {
            "dismiss_stale_reviews_on_push": False,
            "require_code_owner_review": False,
            "require_last_push_approval": False,
            "required_approving_review_count": 1,
            "required_review_thread_resolution": False,
        }
    }
}
HANDLERS = {
    "GET /app": "app",
    "GET /user": "user",
    "GET /repos/{owner}/{repo}": "repository",
    "GET /repos/{owner}/{repo}/installation": "installation",
    "POST /app/installations/{installation_id}/access_tokens": "access_token",
    "GET /repos/{owner}/{repo}/branches/{branch}": "branch",
    "GET /repos/{owner}/{repo}/rules/branches/{branch}": "branch_rules",
    "POST /repos/{owner}/{repo}/forks": "fork",
    "POST /repos/{owner}/{repo}/merge-upstream": "merge_upstream",
    "GET /repos/{owner}/{repo}/pulls": "pulls",
    "POST /repos/{owner}/{repo}/pulls": "open_pull",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}": "pull",
    "PATCH /repos/{owner}/{repo}/pulls/{pull_number}": "update_pull",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels": "add_labels",
    "GET /repos/{owner}/{repo}/issues/{issue_number}/comments": "comments",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments": "add_comment",
    "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}": "update_comment",
    "GET /repos/{owner}/{repo}/commits/{ref}/check-runs": "runs",
    "POST /repos/{owner}/{repo}/check-runs": "add_run",
    "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}": "update_run",
    "GET /repos/{owner}/{repo}/check-runs/{check_run_id}": "run",
    "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations": "annotations",
    "GET /repos/{owner}/{repo}/actions/runs": "workflow_runs",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs": "run_jobs",
    "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs": "job_log",
}
