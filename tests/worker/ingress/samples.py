"""All samples of `@octokit/webhooks-examples`, fetched by npm once into the product's cache."""

import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

PACKAGE, VERSION = "@octokit/webhooks-examples", "7.6.1"
CACHE = Path(os.environ.get("DDF_CACHE_DIR") or Path.home() / ".cache" / "deployer-ddf-mod-llm-models")
PLACE = CACHE / f"webhooks-examples-{VERSION}"


def samples() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (where from, event, payload) of every sample; skips the test where the registry can't be reached."""
    for folder in sorted(_fetched().iterdir()):
        if (folder / "index.json").is_file():
            for event in json.loads((folder / "index.json").read_text()):
                for at, payload in enumerate(event["examples"]):
                    yield f"{folder.name}/{event['name']}/{at}", event["name"], payload


def _fetched() -> Path:
    if not PLACE.exists():
        _fetch()
    return PLACE / "package"


def _fetch() -> None:
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("the samples of deliveries need npm")
    half = PLACE.with_name(f"{PLACE.name}.{os.getpid()}")
    half.mkdir(parents=True)
    try:
        command = [npm, "pack", "--silent", f"{PACKAGE}@{VERSION}", "--pack-destination", str(half)]
        done = subprocess.run(command, cwd=half, capture_output=True, text=True, timeout=240, check=False)
        if done.returncode != 0:
            pytest.skip(f"npm could not fetch the samples: {done.stderr[-300:]}")
        with tarfile.open(next(half.glob("*.tgz"))) as archive:
            archive.extractall(half, filter="data")
        try:
            half.rename(PLACE)
        except OSError:  # another process was quicker
            assert PLACE.exists()
    except subprocess.TimeoutExpired:
        pytest.skip("npm could not fetch the samples in time")
    finally:
        shutil.rmtree(half, ignore_errors=True)
