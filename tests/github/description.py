"""GitHub's own OpenAPI description (npm: @octokit/openapi), fetched once into the cache and cut down to what we speak.

It comes by npm and is checked by its digest in tools/octokit/package-lock.json; 29 MB on the wire, 170 MB unpacked, 1 MB kept.
"""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

TOOLS = Path(__file__).parents[2] / "tools" / "octokit"
CACHE = Path(os.environ.get("DDF_CACHE_DIR") or Path.home() / ".cache" / "deployer-ddf-mod-llm-models")
NPM_SECONDS = 300

OPERATIONS = (
    "GET /app",
    "GET /user",
    "GET /repos/{owner}/{repo}",
    "GET /repos/{owner}/{repo}/installation",
    "POST /app/installations/{installation_id}/access_tokens",
    "GET /repos/{owner}/{repo}/branches/{branch}",
    "GET /repos/{owner}/{repo}/rules/branches/{branch}",
    "POST /repos/{owner}/{repo}/forks",
    "POST /repos/{owner}/{repo}/merge-upstream",
    "GET /repos/{owner}/{repo}/pulls",
    "POST /repos/{owner}/{repo}/pulls",
    "GET /repos/{owner}/{repo}/pulls/{pull_number}",
    "PATCH /repos/{owner}/{repo}/pulls/{pull_number}",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/labels",
    "GET /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "POST /repos/{owner}/{repo}/issues/{issue_number}/comments",
    "PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}",
    "GET /repos/{owner}/{repo}/commits/{ref}/check-runs",
    "POST /repos/{owner}/{repo}/check-runs",
    "PATCH /repos/{owner}/{repo}/check-runs/{check_run_id}",
    "GET /repos/{owner}/{repo}/check-runs/{check_run_id}",
    "GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations",
    "GET /repos/{owner}/{repo}/actions/runs",
    "GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs",
    "GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs",
)


@cache
def description() -> dict[str, Any] | None:
    """Return the part of the description that we speak; None where npm is missing or can't reach its registry."""
    lock = (TOOLS / "package-lock.json").read_text()
    mark = hashlib.sha256("\n".join([lock, *OPERATIONS]).encode()).hexdigest()[:12]
    kept = CACHE / f"github-description-{mark}.json"
    if not kept.exists() and not _fetched(kept):
        return None
    found: dict[str, Any] = json.loads(kept.read_text())
    return found


def _fetched(kept: Path) -> bool:
    if shutil.which("npm") is None:
        return False
    folder = kept.with_name(f"{kept.name}.{os.getpid()}")
    folder.mkdir(parents=True)
    try:
        for name in ("package.json", "package-lock.json"):
            shutil.copy(TOOLS / name, folder / name)
        command = ["npm", "ci", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"]
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=NPM_SECONDS, check=False)
        whole = folder / "node_modules" / "@octokit" / "openapi" / "generated" / "api.github.com.json"
        if done.returncode or not whole.exists():
            return False
        half = folder / "pruned.json"
        half.write_text(json.dumps(_pruned(json.loads(whole.read_text()))))
        half.replace(kept)
        return True
    except subprocess.TimeoutExpired:
        return False
    finally:
        shutil.rmtree(folder)


def _pruned(whole: dict[str, Any]) -> dict[str, Any]:
    """Keep the operations and what they refer to."""
    paths: dict[str, Any] = {}
    for operation in OPERATIONS:
        method, path = operation.split(" ")
        paths.setdefault(path, {})[method.lower()] = whole["paths"][path][method.lower()]
    part: dict[str, Any] = {"openapi": whole["openapi"], "paths": paths, "components": {}}
    waiting = list(_references(paths))
    while waiting:
        _, kind, name = waiting.pop().removeprefix("#/").split("/")
        kept = part["components"].setdefault(kind, {})
        if name not in kept:
            kept[name] = whole["components"][kind][name]
            waiting += _references(kept[name])
    return part


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for child in node.values():
            yield from _references(child)
    elif isinstance(node, list):
        for child in node:
            yield from _references(child)
