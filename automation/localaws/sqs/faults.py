"""Faults that SQS answers with; the codes are what clients branch on."""

PREFIXED = frozenset(
    {
        "BatchEntryIdsNotDistinct",
        "BatchRequestTooLong",
        "EmptyBatchRequest",
        "InvalidBatchEntryId",
        "MessageNotInflight",
        "PurgeQueueInProgress",
        "TooManyEntriesInBatchRequest",
        "UnsupportedOperation",
    }
)
"""Codes that the older query protocol, and so every botocore client, knows with a prefix."""


class SqsFault(Exception):
    """A request that SQS refuses."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    @property
    def query_code(self) -> str:
        """The code that a client sees in `error.response["Error"]["Code"]`."""
        if self.code == "QueueDoesNotExist":
            return "AWS.SimpleQueueService.NonExistentQueue"
        return f"AWS.SimpleQueueService.{self.code}" if self.code in PREFIXED else self.code

    def batch_entry(self, entry_id: str) -> dict[str, object]:
        """Return the fault as one failed entry of a batch."""
        return {"Id": entry_id, "SenderFault": True, "Code": self.query_code, "Message": self.message}


def invalid(name: str, value: object, reason: str) -> SqsFault:
    """Return the fault for a value out of range, in the words of AWS."""
    return SqsFault(
        "InvalidParameterValue", f"Value {value} for parameter {name} is invalid. Reason: {reason}"
    )


def no_such_queue() -> SqsFault:
    """Return the fault for a queue that is not there, or no longer."""
    return SqsFault("QueueDoesNotExist", "The specified queue does not exist.")
