"""Has the controller look at once where work was handed in. Nothing depends on it: its own look comes within a minute all the same."""

import json

from botocore.exceptions import BotoCoreError, ClientError

from automation.fleet.access import AwsAccess
from components.compute.interface import ComputeType
from components.naming import CONTROLLER_PART, Names
from components.outputs import StackOutputs
from worker.domain.looks import SUBMITTED


def look_now(access: AwsAccess, outputs: StackOutputs) -> bool:
    """Start the controller and don't wait for it; tell whether it could be started. Who may not start it loses nothing but time."""
    if outputs.compute_type == ComputeType.LAMBDA:
        return False  # its controller looks at the budget alone, which no submission changes
    name = Names(environment=outputs.environment).part(CONTROLLER_PART)
    try:
        access.client("lambda").invoke(
            FunctionName=name, InvocationType="Event", Payload=json.dumps(SUBMITTED).encode()
        )
    except (ClientError, BotoCoreError):
        return False
    return True
