"""One question to both clouds: what came of it, as a value."""

from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from tests.automation.localaws.clouds import Cloud


def outcome(ask: Callable[[Cloud], object], cloud: Cloud) -> object:
    """Return the answer, or the error's code: stock moto fails in many ways, of which HTML is one."""
    try:
        return ask(cloud)
    except ClientError as fault:
        return f"refused: {fault.response['Error']['Code']}"
    except (BotoCoreError, ValueError) as fault:
        return f"broken: {type(fault).__name__}"
