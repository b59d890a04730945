"""Has the controller look at once where work was handed in, by starting its function without waiting for it.

Nothing depends on it: its own look comes within a minute all the same.
"""

import json
from typing import Any

from worker.adapters.aws_errors import FAILURES
from worker.domain.looks import SUBMITTED


class LambdaLook:
    """Starts one function; a name of nothing is that of a fleet without a controller."""

    def __init__(self, *, client: Any, function: str) -> None:
        """Use a botocore Lambda client that gives up soon: who handed in work waits for it."""
        self._client = client
        self._function = function

    def ask(self) -> bool:
        """Tell whether it could be started. Who may not start it loses nothing but time."""
        if not self._function:
            return False
        try:
            self._client.invoke(
                FunctionName=self._function, InvocationType="Event", Payload=json.dumps(SUBMITTED).encode()
            )
        except FAILURES:
            return False
        return True
