"""What a running embedded AWS tells about itself: `localaws.json`, written whole or not at all."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

STATE_FILE = "localaws.json"
LOCK_FILE = "localaws.lock"


@dataclass(frozen=True, kw_only=True)
class StateFile:
    """The facts by which others find this process and know it again."""

    pid: int
    """The process."""
    created: float
    """When the process began, as psutil gives it: pids are reused, pairs are not."""
    boot_id: str
    """Changes with every start: a new one means an empty cloud."""
    endpoint: str
    """Where AWS clients connect."""
    provider_port: int
    """Where the Pulumi engine attaches the provider; 0 while there is none."""
    region: str
    """The one region."""
    started_at: str
    """ISO 8601, UTC."""

    def write(self, state_dir: Path) -> None:
        """Publish the facts; a reader sees all of them or none."""
        partial = state_dir / f"{STATE_FILE}.{self.pid}.partial"
        partial.write_text(json.dumps(asdict(self), indent=2) + "\n", encoding="utf-8")
        partial.replace(state_dir / STATE_FILE)


def remove_state_file(state_dir: Path, boot_id: str) -> None:
    """Withdraw the facts, unless another process has published its own since."""
    path = state_dir / STATE_FILE
    try:
        published = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if published.get("boot_id") == boot_id and published.get("pid") == os.getpid():
        path.unlink(missing_ok=True)
