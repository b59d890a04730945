"""The mock GitHub: a server on the loopback that refuses what the description does not know, and checks its own answers too."""

import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.github.description import description
from tests.github.validation import Operation, Validator
from tests.github.world import Call, GithubWorld

PERSONAL_TOKEN = "github_pat_" + "11AAAAAAA0" * 6
"""What the mock takes for a person's token."""
LOGIN = "fleet-user"


@dataclass(frozen=True)
class Refusal:
    """What is answered instead."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    is_done: bool = False
    """The call takes effect, and its answer is lost."""


@dataclass
class GithubServer:
    """One server over one world."""

    world: GithubWorld
    public_key: str = ""
    """Of the App; empty takes no signatures."""
    violations: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    refusals: dict[str, deque[Refusal]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        known = description()
        assert known is not None, "the description was not fetched"
        self._validator = _validator()
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", self._handle)
        self._server = TestServer(app)
        store = web.Application()
        store.router.add_get("/logs/{number}", self._stored)
        self._store = TestServer(store)

    @property
    def url(self) -> str:
        return str(self._server.make_url("")).rstrip("/")

    async def __aenter__(self) -> Self:
        await self._server.start_server()
        await self._store.start_server()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._server.close()
        await self._store.close()
        if error is None:
            assert self.violations == [], "\n".join(self.violations)

    def refuse(self, operation: str, *refusals: Refusal) -> None:
        """Answer the next calls of an operation so."""
        self.refusals.setdefault(operation, deque()).extend(refusals)

    def example(self, operation: str, status: int) -> Any:
        """Return the description's own answer."""
        method, template = operation.split(" ")
        found = self._validator.operation(method, template)
        assert found is not None
        return self._validator.example(found, status)

    async def _handle(self, request: web.Request) -> web.Response:
        raw_path = request.raw_path.split("?")[0]
        operation = self._validator.operation(request.method, raw_path)
        if operation is None:
            self.violations.append(f"{request.method} {raw_path} is unknown")
            return web.json_response({"message": "Not Found"}, status=404)
        body = await request.read()
        self.calls.append(operation.name)
        faults = self._validator.request_faults(operation, dict(request.query), request.headers, body)
        self.violations += [f"{operation.name}: {fault}" for fault in faults]
        login = self._login(operation, request.headers.get("authorization", ""))
        if login is None:
            return web.json_response(
                {"message": "Bad credentials", "documentation_url": "https://docs.github.com"}, status=401
            )
        return self._answered(operation, request, json.loads(body or b"{}"), login)

    def _answered(
        self, operation: Operation, request: web.Request, data: dict[str, Any], login: str
    ) -> web.Response:
        waiting = self.refusals.get(operation.name)
        refusal = waiting.popleft() if waiting else None
        call = Call(
            variables=operation.variables,
            query=dict(request.query),
            data=data,
            example=lambda status: self._validator.example(operation, status),
            login=login,
        )
        if refusal is None or refusal.is_done:
            response = self._done(operation, call, request)
            if refusal is None:
                return response
        text = (
            refusal.body
            if refusal.body is not None
            else json.dumps({"message": "refused", "documentation_url": "https://docs.github.com"})
        )
        kind = "application/json" if text.startswith("{") else "text/html"
        return web.Response(
            status=refusal.status, headers=dict(refusal.headers), text=text, content_type=kind
        )

    def _done(self, operation: Operation, call: Call, request: web.Request) -> web.Response:
        full_name = f"{call.variables.get('owner')}/{call.variables.get('repo')}"
        if full_name in self.world.renamed:
            there = request.raw_path.replace(full_name, self.world.renamed[full_name])
            return web.json_response(
                {"message": "Moved Permanently"}, status=301, headers={"location": f"{self.url}{there}"}
            )
        status, answer = self.world.answer(operation.name, call) if self.world.knows(call) else (404, None)
        if answer is None and status >= 400:
            answer = {
                "message": "Not Found" if status == 404 else "refused",
                "documentation_url": "https://docs.github.com",
            }
        faults = self._validator.answer_faults(operation, status, answer)
        self.violations += [f"our answer to {operation.name}: {fault}" for fault in faults]
        if status == 302:  # logs lie elsewhere, at an address that needs no token
            there = self._store.make_url(f"/logs/{call.variables['job_id']}?signature=of-the-mock")
            return web.Response(status=302, headers={"location": str(there)})
        headers = {
            "x-ratelimit-limit": "5000",
            "x-ratelimit-remaining": "4999",
            "x-ratelimit-reset": "1893456000",
        }
        size, page = int(call.query.get("per_page", "30")), int(call.query.get("page", "1"))
        items = answer.get("jobs", answer.get("workflow_runs")) if isinstance(answer, dict) else answer
        if isinstance(items, list) and len(items) == size:
            there = request.rel_url.update_query(page=str(page + 1))
            headers["link"] = f'<{self.url}{there.raw_path_qs}>; rel="next"'
        return web.json_response(answer, status=status, headers=headers)

    async def _stored(self, request: web.Request) -> web.StreamResponse:
        """The place where logs lie: whoever brings a token along gives it away."""
        if "authorization" in request.headers:
            self.violations.append("a token was brought to where logs lie")
        number = int(request.match_info["number"])
        held = next(each.logs[number] for each in self.world.projects.values() if number in each.logs)
        return web.Response(body=held, content_type="text/plain")

    def _login(self, operation: Operation, authorization: str) -> str | None:
        """Return who calls; None where GitHub would not let them."""
        kind, _, value = authorization.partition(" ")
        if operation.template in {
            "/app",
            "/app/installations/{installation_id}/access_tokens",
            "/repos/{owner}/{repo}/installation",
        }:
            return self._app(value) if kind.lower() == "bearer" else None
        if value == PERSONAL_TOKEN:
            return LOGIN
        if value in self.world.tokens and operation.variables.get("repo") == self.world.tokens[value]:
            return f"{self.world.app_slug}[bot]"
        return None

    def _app(self, signed: str) -> str | None:
        try:
            jwt.decode(
                signed, self.public_key, algorithms=["RS256"], options={"require": ["iat", "exp", "iss"]}
            )
        except jwt.InvalidTokenError:
            return None
        return self.world.app_slug


_KNOWN: list[Validator] = []


def _validator() -> Validator:
    """Return the one validator: its schemas are compiled once."""
    if not _KNOWN:
        _KNOWN.append(Validator(description() or {}))
    return _KNOWN[0]
