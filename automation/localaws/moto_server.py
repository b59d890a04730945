"""moto's WSGI application on a threaded server that is bound to the loopback.

Not moto's own server: this one keeps connections alive, has a thread for every long poll, answers what moto lacks
with an AWS-shaped error, and makes each service's calls atomic (moto's stores are plain dictionaries without locks).
"""

import io
import logging
import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from cheroot import wsgi
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from automation.localaws.access.gate import IamGate
from automation.localaws.faults import fault_response
from automation.localaws.patches.sqs import close_all, queues_of
from automation.localaws.sqs.json_api import SqsJsonApi

if TYPE_CHECKING:
    from flask import Flask

THREADS = 128
"""A long poll holds its thread for up to 20 seconds: this must exceed the pollers of the largest local fleet."""
LONG_POLLS = 112
"""More than these may not wait at a time, so that a thread is always left for everything else."""
IDLE_CONNECTION_SECONDS = 120
SHUTDOWN_SECONDS = 1
MANY = 10_000
ACCEPT_BACKLOG = 512

log = logging.getLogger(__name__)


class MotoServer:
    """The HTTP front of the embedded AWS; its port is known from construction on."""

    def __init__(
        self, *, host: str = "127.0.0.1", port: int = 0, routes: Mapping[str, WSGIApplication] | None = None
    ) -> None:
        self._routes = dict(routes or {})
        self._aws = IamGate(SqsJsonApi(queues=queues_of, otherwise=AwsApplication(), long_polls=LONG_POLLS))
        self._server = _QuietServer(
            (host, port),
            self._dispatch,
            numthreads=THREADS,
            request_queue_size=ACCEPT_BACKLOG,
            timeout=IDLE_CONNECTION_SECONDS,
            shutdown_timeout=SHUTDOWN_SECONDS,
        )
        self._server.keep_alive_conn_limit = MANY
        _prepare(self._server)
        self._thread = threading.Thread(target=self._server.serve, name="moto-server", daemon=True)

    @property
    def endpoint(self) -> str:
        """The URL to give to AWS clients."""
        host, port = self._server.bind_addr
        return f"http://{host}:{port}"

    def mount(self, prefix: str, application: WSGIApplication) -> None:
        """Answer paths that start with `prefix` by `application`; the longest prefix wins."""
        self._routes = {**self._routes, prefix: application}

    def start(self) -> None:
        """Begin to answer."""
        self._thread.start()

    def stop(self) -> None:
        """Stop answering; long polls end at once, a request that hangs is left behind after SHUTDOWN_SECONDS."""
        close_all()
        stopping = threading.Thread(target=self._server.stop, name="moto-server-stop", daemon=True)
        stopping.start()
        stopping.join(timeout=SHUTDOWN_SECONDS + 1)

    def _dispatch(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if not is_local_client(environ) or path.startswith(HIDDEN_PATHS):
            return _forbid(start_response)
        matching = [prefix for prefix in self._routes if path.startswith(prefix)]
        application = self._routes[max(matching, key=len)] if matching else self._aws
        return application(environ, start_response)


def _prepare(server: wsgi.Server) -> None:
    """Bind and fill the pool from a daemon thread: threads inherit that, and so none can keep the process alive."""
    faults: list[OSError] = []

    def prepare() -> None:
        try:
            server.prepare()
        except OSError as fault:
            faults.append(fault)

    preparing = threading.Thread(target=prepare, daemon=True)
    preparing.start()
    preparing.join()
    if faults:
        raise faults[0]


class AwsApplication:
    """moto for every service, one call at a time per service."""

    def __init__(self) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._locks: defaultdict[str, threading.RLock] = defaultdict(threading.RLock)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one AWS request; a fault within moto becomes an AWS error that clients don't retry."""
        try:
            application = self._moto.get_application(environ)
            service = _service_of(application)
            _read_body(environ)  # a slow sender must not hold the service's lock
            with self._locks[service]:
                return list(application(environ, start_response))
        except Exception as fault:  # noqa: BLE001 - the edge: whatever moto raises must reach the client as an answer
            return fault_response(environ, start_response, fault)


HIDDEN_PATHS = ("/moto-api", "/favicon.ico")
"""moto's dashboard and its reset button, which ask for no credentials."""
LOCAL_NAMES = ("127.0.0.1", "localhost")


def is_local_client(environ: WSGIEnvironment) -> bool:
    """Tell our own clients from a web page that a browser on this machine shows: pages send an Origin, or a foreign Host."""
    host = str(environ.get("HTTP_HOST", "")).rpartition(":")[0] or str(environ.get("HTTP_HOST", ""))
    if "HTTP_ORIGIN" in environ or environ.get("HTTP_SEC_FETCH_SITE", "none") != "none":
        return False  # an image or a link in a page sends no Origin
    return host in LOCAL_NAMES or host.endswith(".localhost")


def _forbid(start_response: StartResponse) -> Iterable[bytes]:
    body = b"the embedded AWS answers programs on this machine only\n"
    start_response("403 Forbidden", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
    return [body]


def _service_of(application: "Flask") -> str:
    return str(getattr(application, "service", ""))


def _read_body(environ: WSGIEnvironment) -> None:
    length = environ.get("CONTENT_LENGTH")
    if not length or isinstance(environ["wsgi.input"], io.BytesIO):
        return
    body = environ["wsgi.input"].read(int(length))
    if len(body) < int(length):
        # S3 refuses it too: else a client that is killed in mid-request would store half an object.
        raise ConnectionAbortedError(f"the request ended after {len(body)} of {length} bytes")
    environ["wsgi.input"] = io.BytesIO(body)


class _QuietServer(wsgi.Server):
    """Logs where we log, rather than to stderr."""

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:  # noqa: FBT001, FBT002 - cheroot calls it so
        log.log(level, msg, exc_info=traceback)
