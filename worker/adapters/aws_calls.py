"""AWS for the controller: plain botocore, which Lambda's runtime brings along, with a bound on every call."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.config import Config

from worker.adapters.aws_errors import FAILURES, unavailable
from worker.domain.errors import StoreUnavailable

CONFIG = Config(
    connect_timeout=3, read_timeout=5, retries={"mode": "standard", "max_attempts": 3}, max_pool_connections=2
)
"""A look takes seconds; who can't answer by then is asked again at the next."""


@contextmanager
def reported(what: str) -> Iterator[None]:
    """Tell the failure of a call as StoreUnavailable, in one sentence."""
    try:
        yield
    except FAILURES as fault:
        raise unavailable(what, fault) from fault
    except (KeyError, TypeError, ValueError) as fault:
        raise StoreUnavailable(
            f"{what}: the answer can't be read: {type(fault).__name__}: {fault}"
        ) from fault
