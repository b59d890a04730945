"""Tells which provider plugins and Python packages a program needs, from what is installed beside this interpreter."""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class RequiredPlugin:
    """A provider plugin that the CLI must have."""

    name: str
    """The provider's name: aws."""
    version: str
    """With a leading v, as plugins are called."""
    server: str
    """Where to download it from; empty for Pulumi's own place."""


def required_plugins(environ: Mapping[str, str] = os.environ) -> list[RequiredPlugin]:
    """List the plugins of the installed Pulumi packages, but for those that a running provider stands in for."""
    attached = attached_providers(environ)
    plugins = (plugin for folder in _package_folders() for plugin in _plugin_of(folder))
    return sorted(
        (plugin for plugin in plugins if plugin.name not in attached), key=lambda plugin: plugin.name
    )


def attached_providers(environ: Mapping[str, str]) -> frozenset[str]:
    """Return the providers of PULUMI_DEBUG_PROVIDERS=aws:1234,random:5678: the CLI needs no plugin for them."""
    entries = environ.get("PULUMI_DEBUG_PROVIDERS", "").split(",")
    return frozenset(entry.split(":", 1)[0].strip() for entry in entries if ":" in entry)


def installed_packages(*, transitive: bool) -> dict[str, str]:
    """Map installed packages to versions; without the transitive ones, only those that no other package asks for."""
    installed = {_normal(dist.name): dist for dist in metadata.distributions()}
    asked_for = {
        _normal(re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0])
        for dist in installed.values()
        for requirement in dist.requires or ()
        if "extra ==" not in requirement
    }
    return {
        name: dist.version for name, dist in sorted(installed.items()) if transitive or name not in asked_for
    }


def _package_folders() -> Iterator[Path]:
    for dist in metadata.distributions():
        name = _normal(dist.name)
        if name.startswith("pulumi-"):
            yield Path(str(dist.locate_file(name.replace("-", "_"))))


def _plugin_of(folder: Path) -> Iterable[RequiredPlugin]:
    try:
        facts = json.loads((folder / "pulumi-plugin.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if not isinstance(facts, dict) or not facts.get("resource"):
        return
    version = str(facts.get("version", ""))
    yield RequiredPlugin(
        name=str(facts.get("name") or folder.name.removeprefix("pulumi_")),
        version=version if not version or version.startswith("v") else f"v{version}",
        server=str(facts.get("server") or ""),
    )


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
