"""The embedded AWS, in this process; ElasticMQ, as a process of its own."""

from collections.abc import Iterator

import pytest

from automation.localaws.moto_server import MotoServer
from automation.localaws.patches.apply import apply_patches
from tests.contracts.elasticmq import ElasticMq, elasticmq_classpath


@pytest.fixture(scope="session")
def aws_endpoint() -> Iterator[str]:
    apply_patches()
    server = MotoServer()
    server.start()
    yield server.endpoint
    server.stop()


@pytest.fixture(scope="session")
def elasticmq_endpoint() -> Iterator[str]:
    classpath = elasticmq_classpath()
    if classpath is None:
        pytest.skip("ElasticMQ needs java and mvn")
    with ElasticMq(classpath=classpath) as server:
        yield server.endpoint
