"""ElasticMQ from Maven Central: fetched once into the cache, started on a free port of the loopback."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from pathlib import Path
from types import TracebackType
from typing import Self

POM = Path(__file__).parents[2] / "tools" / "elasticmq" / "pom.xml"
CACHE = Path(os.environ.get("DDF_CACHE_DIR") or Path.home() / ".cache" / "deployer-ddf-mod-llm-models")
JARS = CACHE / "elasticmq-1.7.1"
READY_SECONDS = 60


def elasticmq_classpath() -> Path | None:
    """Folder of the jars, fetched where it is missing; None where this machine has no Java or no Maven."""
    if shutil.which("java") is None:
        return None
    if JARS.exists():
        return JARS
    if shutil.which("mvn") is None:
        return None
    half = JARS.with_name(f"{JARS.name}.{os.getpid()}")
    goal = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies"
    command = ["mvn", "-q", "-B", "-f", str(POM), goal, f"-DoutputDirectory={half}"]
    subprocess.run(command, check=True, timeout=600)
    try:
        half.rename(JARS)
    except OSError:  # another process was quicker
        shutil.rmtree(half)
    return JARS


class ElasticMq:
    """One server process."""

    def __init__(self, *, classpath: Path) -> None:
        self._port = _free_port()
        self._command = [
            "java",
            "-Xmx256m",
            f"-Dnode-address.port={self._port}",
            "-Drest-sqs.bind-hostname=127.0.0.1",
            f"-Drest-sqs.bind-port={self._port}",
            "-Drest-stats.enabled=false",
            "-Dakka.http.server.request-timeout=60s",
            "-cp",
            f"{classpath}/*",
            "org.elasticmq.server.Main",
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(self.endpoint):
            if self._process.poll() is not None or time.monotonic() > deadline:
                self.__exit__(None, None, None)
                raise RuntimeError("ElasticMQ did not start")
            time.sleep(0.1)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def _answers(endpoint: str) -> bool:
    try:
        with urllib.request.urlopen(f"{endpoint}/?Action=ListQueues", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
