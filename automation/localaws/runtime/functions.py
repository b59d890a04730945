"""Functions made real on this machine: the mappings of those from images take messages, the front door calls those from archives, too.

What a schedule starts is automation.localaws.runtime.schedules'.
"""

import logging
import threading
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from automation.localaws.runtime.archive_host import archive_command
from automation.localaws.runtime.clients import Clients
from automation.localaws.runtime.environments import Environments, ImageFunction
from automation.localaws.runtime.feeds import Feed, read_mapping
from automation.localaws.runtime.function_process import FunctionFailed
from automation.localaws.runtime.images import LocalImages, NoLocalCommand

POLL_SECONDS = 0.5
RESTING_POLL_SECONDS = 2.0
"""Where no function is."""
LEAVING_SECONDS = 8.0
"""What batches under way may take when the embedded AWS stops."""

log = logging.getLogger(__name__)


class Functions:
    """A thread that keeps feeds in step with what Lambda's API holds."""

    def __init__(self, clients: Clients, *, images: LocalImages, environments: Environments) -> None:
        self._clients = clients
        self._images = images
        self._environments = environments
        self._feeds: dict[str, Feed] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="functions", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more messages, let batches under way end, then end all environments."""
        self._stopping.set()
        for feed in self._feeds.values():
            feed.stop()
        self._environments.close(within_seconds=LEAVING_SECONDS)
        if self._thread.is_alive():
            self._thread.join(timeout=5)

    def invoke(self, name: str, event: Mapping[str, Any]) -> Any:
        """Invoke a function by name or ARN; raises FunctionFailed."""
        try:
            function = self._clients.get("lambda").get_function(FunctionName=name)
        except (BotoCoreError, ClientError) as fault:
            raise FunctionFailed(str(fault)) from fault
        return self._environments.invoke(self._read(function), event)

    def _run(self) -> None:
        pause = 0.0
        while not self._stopping.wait(pause):
            pause = RESTING_POLL_SECONDS
            try:
                pause = POLL_SECONDS if self._round() else RESTING_POLL_SECONDS
            except (BotoCoreError, ClientError, OSError) as fault:
                log.warning("the functions can't be looked at: %s", fault)
            except Exception:
                log.exception("a fault of the functions; they go on with the next round")

    def _round(self) -> bool:
        """Follow what is there; tell whether anything is."""
        client = self._clients.get("lambda")
        functions = []
        for each in client.list_functions()["Functions"]:
            if each["PackageType"] != "Image" and not self._environments.count(each["FunctionName"]):
                continue  # nobody called it from the front door
            try:
                functions.append(self._read(client.get_function(FunctionName=each["FunctionName"])))
            except (FunctionFailed, ClientError) as fault:
                log.info("function %s can't run here: %s", each["FunctionName"], fault)
        self._environments.sweep(functions)
        arns = {function.arn for function in functions}
        self._follow_mappings(arns)
        return bool(functions)

    def _follow_mappings(self, functions: set[str]) -> None:
        raw = self._clients.get("lambda").list_event_source_mappings()["EventSourceMappings"]
        mappings = {each["UUID"]: read_mapping(each) for each in raw}
        wanted = {uuid: mapping for uuid, mapping in mappings.items() if mapping.function in functions}
        for uuid in set(self._feeds) - set(wanted):
            self._feeds.pop(uuid).stop()
        for uuid, mapping in wanted.items():
            if uuid in self._feeds:
                self._feeds[uuid].follow(mapping)
            elif not self._stopping.is_set():
                self._feeds[uuid] = Feed(mapping, clients=self._clients, deliver=self.invoke)
                self._feeds[uuid].start()

    def _read(self, answer: Mapping[str, Any]) -> ImageFunction:
        held = answer["Configuration"]
        image = (answer.get("Code") or {}).get("ImageUri", "")
        try:
            is_archive = held.get("PackageType") == "Zip"
            command = (
                archive_command(held["Handler"]) if is_archive else tuple(self._images.command_of(image))
            )
        except (NoLocalCommand, ValueError) as fault:
            raise FunctionFailed(str(fault)) from fault
        name = held["FunctionName"]
        variables = (held.get("Environment") or {}).get("Variables") or {}
        arn = held["FunctionArn"].removesuffix(":$LATEST")
        return ImageFunction(
            name=name,
            arn=arn,
            command=command,
            variables=dict(variables),
            timeout_seconds=float(held["Timeout"]),
            log_group=(held.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{name}",
            role=str(held.get("Role") or ""),
            revision=f"{held.get('CodeSha256')} {held.get('LastModified')} {image} {sorted(variables.items())}",
        )
