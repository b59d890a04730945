"""A function's archive, as Lambda loads it."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

from components.archive_function import ROOT, FunctionBlueprint, code_files

_PROGRAM = """
import importlib, json, sys
archive, handler = sys.argv[1:]
sys.path.insert(0, archive)
module, _, name = handler.rpartition(".")
assert callable(getattr(importlib.import_module(module), name))
foreign = {one.partition(".")[0] for one in sys.modules}
ours = [m.__file__ for n, m in sys.modules.items() if n.partition(".")[0] == "worker" and m.__file__]
print(json.dumps([sorted(foreign & {"aiobotocore", "httpx", "opentelemetry", "aiohttp", "pulumi"}), ours]))
"""


def missing_or_foreign(blueprint: FunctionBlueprint, folder: Path) -> list[str]:
    """Load the handler from its archive alone; return the libraries that Lambda does not bring along, and modules from elsewhere."""
    archive = folder / "function.zip"
    with zipfile.ZipFile(archive, "w") as file:
        for name in code_files(blueprint.patterns):
            file.write(ROOT / name, name)
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(archive), blueprint.handler],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    foreign, ours = json.loads(done.stdout)
    assert ours
    return [*foreign, *(path for path in ours if not path.startswith(str(archive)))]
