"""Downloads the official CLI with Pulumi's own installer, after a quick look whether it can be reached at all."""

import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pulumi.automation import PulumiCommand
from semver import VersionInfo

from automation.toolchain.ports import Progress, WayFailed

INSTALLER_URL = "https://get.pulumi.com/install.sh"
_PROBE_SECONDS = 5.0


@dataclass(frozen=True, kw_only=True)
class OfficialDownload:
    """A way to the CLI: the release that Pulumi publishes, language hosts included."""

    probe: Callable[[], None]
    """Raises WayFailed, soon, where the download can't succeed."""
    install: Callable[[Path, str], None]
    """Installs a version under a folder."""
    name: str = "download"
    """What this way is called."""

    def fetch(self, *, into: Path, version: str, progress: Progress) -> None:
        """Install the CLI under the folder `into`."""
        progress(f"looking for Pulumi {version} at {INSTALLER_URL}")
        self.probe()
        progress(f"downloading Pulumi {version}, about 100 MB")
        self.install(into, version)


def probe_installer(url: str = INSTALLER_URL, *, timeout_seconds: float = _PROBE_SECONDS) -> None:
    """Ask for the installer's headers; a resolver that hangs is given up on too."""
    faults: list[str] = []

    def ask() -> None:
        request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - the address is a constant of ours
        try:
            with urllib.request.urlopen(request, timeout=timeout_seconds):  # noqa: S310 - likewise
                faults.append("")
        except (OSError, ValueError) as fault:
            faults.append(f"{url} is out of reach: {getattr(fault, 'reason', fault)}")

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(timeout_seconds)
    if not faults:
        raise WayFailed(f"{url} did not answer within {timeout_seconds:.0f} s")
    if faults[0]:
        raise WayFailed(faults[0])


def install_official(root: Path, version: str) -> None:
    """Run Pulumi's installer for one version."""
    try:
        PulumiCommand.install(root=str(root), version=VersionInfo.parse(version), skip_version_check=True)
    except subprocess.CalledProcessError as fault:
        said = fault.output.decode(errors="replace").strip() if fault.output else ""
        raise WayFailed(
            f"Pulumi's installer failed with exit code {fault.returncode}: {said[-400:]}"
        ) from fault
    except (OSError, ValueError) as fault:
        raise WayFailed(f"the download failed: {fault}") from fault
