"""What an engine configured its provider with; each engine's connection has settings of its own."""

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.localaws.provider_cloud import parse_json
from automation.localaws.provider_wire import Props

CONNECTIONS = 256
"""Connections remembered: far more than engines run at once."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Of one provider instance of one engine."""

    region: str
    """Region of resources that name none."""
    default_tags: Mapping[str, str] = field(default_factory=dict)
    """Tags on everything taggable."""


class SettingsByConnection:
    """One process serves many provider instances, told apart by their connection."""

    def __init__(self, fallback: Settings) -> None:
        self._latest = fallback
        self._by_peer: OrderedDict[str, Settings] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, peer: str, settings: Settings) -> None:
        """Remember; the oldest connection is forgotten in time."""
        with self._lock:
            self._latest = settings
            self._by_peer[peer] = settings
            self._by_peer.move_to_end(peer)
            while len(self._by_peer) > CONNECTIONS:
                self._by_peer.popitem(last=False)

    def get(self, peer: str) -> Settings:
        """Return the connection's settings; after a reconnect, the latest ones."""
        with self._lock:
            return self._by_peer.get(peer, self._latest)


def expand(props: Props) -> Props:
    """Undo the engine's habit of sending nested provider settings as JSON text."""
    expanded = {}
    for name, value in props.items():
        document = parse_json(value)
        if document is None and value in {"true", "false"}:
            document = json.loads(value)
        expanded[name] = value if document is None else document
    return expanded


def settings_from(props: Props, region: str) -> Settings:
    """Read the settings that the embedded AWS heeds."""
    tags = (props.get("defaultTags") or {}).get("tags") or {}
    return Settings(region=str(props.get("region") or region), default_tags=dict(tags))


def settings_faults(props: Props, account: str) -> list[tuple[str, str]]:
    """Return (property, reason) for settings that can't hold here."""
    faults: list[tuple[str, str]] = []
    allowed: Any = props.get("allowedAccountIds")
    if isinstance(allowed, list) and allowed and account not in allowed:
        faults.append(
            ("allowedAccountIds", f"the embedded AWS is account {account}, not {', '.join(allowed)}")
        )
    forbidden: Any = props.get("forbiddenAccountIds")
    if isinstance(forbidden, list) and account in forbidden:
        faults.append(("forbiddenAccountIds", f"the embedded AWS is account {account}"))
    return faults
