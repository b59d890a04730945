"""The worker's exceptions. Outcomes are values; these are for what stops the work at hand.

WorkerError
├── SettingsInvalid      the environment contract is broken; the process must not start
├── MessageRejected      a message that is no job at all: it goes to the dead-letter queue with the reason
├── RequestRejected      a job that can't be served (unknown type or language, empty code): a stored failure
├── SourceRejected       code that can't be tested (syntax, import, endless loop): a stored failure
├── PatchInapplicable    a patch that does not fit its source: that patch is rejected, nothing else
├── PromptRejected       a prompt that the engine can't serve: the gateway answers 400
├── EngineUnavailable    the engine did not answer: retried
│   ├── EngineBusy       it is full, or left alone for a while: the job waits in the queue, and nothing failed
│   └── EngineMissing    it has no such model: another try changes nothing, another engine may serve
├── SandboxUnavailable   the sandbox could not run anything: retried
├── StoreUnavailable     S3, DynamoDB or SQS refused for now: retried
├── ForgeUnavailable     GitHub or its git server refused for now (down, rate limit): retried, not before it said
├── ForgeRefused         GitHub refused for good (no right, gone): a stored failure
└── LeaseLost            another worker may hold the message: this attempt ends and stores nothing
"""

from collections.abc import Sequence


class WorkerError(Exception):
    """Parent of all; the message is one sentence for a person."""


class SettingsInvalid(WorkerError):
    """The environment breaks the settings contract."""

    def __init__(self, faults: Sequence[str]) -> None:
        """Keep every fault, so that all of them are shown together."""
        super().__init__("; ".join(faults))
        self.faults = tuple(faults)


class MessageRejected(WorkerError):
    """The message body holds no job."""


class RequestRejected(WorkerError):
    """The job asks for what no worker serves."""


class SourceRejected(WorkerError):
    """The code under test can't be parsed, loaded or run within its limits."""


class PatchInapplicable(WorkerError):
    """The patch does not fit the source."""


class PromptRejected(WorkerError):
    """The engine can't make anything of the prompt; the message says what it accepts."""


class EngineUnavailable(WorkerError):
    """The engine can't be reached or answered with an error of its own."""


class EngineBusy(EngineUnavailable):
    """The engine has all that it may have, or nobody asks it for a while."""


class EngineMissing(EngineUnavailable):
    """The engine answers, but does not have the model."""


class SandboxUnavailable(WorkerError):
    """The sandbox lacks a required layer or could not start a process."""


class StoreUnavailable(WorkerError):
    """A store or queue refused a call that may work later."""


class ForgeUnavailable(WorkerError):
    """The forge refused a call that may work later."""

    def __init__(self, reason: str, *, retry_after_seconds: float | None = None) -> None:
        """Keep the time that the forge asked for, where it named one."""
        super().__init__(reason)
        self.retry_after_seconds = retry_after_seconds


class ForgeRefused(WorkerError):
    """The forge refused a call for good: no right, no such repository, or it takes no such thing."""


class LeaseLost(WorkerError):
    """The hold on the message ended before the attempt did."""
