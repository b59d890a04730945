import json
import os
import signal
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest
from pulumi import automation as auto

from automation.toolchain.bin_dir import HOST_NAME
from automation.toolchain.ports import Toolchain

pytestmark = pytest.mark.slow

FLEET = """
import pulumi
class Fleet(pulumi.ComponentResource):
    def __init__(self, name):
        super().__init__("ddf:test:Fleet", name, {})
        self.register_outputs({})
"""


@dataclass(frozen=True, kw_only=True)
class Project:
    """A Pulumi project of its own, with a state of its own, and the CLI to work on it."""

    folder: Path
    environment: Mapping[str, str]

    def write(self, main: str, **modules: str) -> None:
        for name, text in {"__main__": main, **modules}.items():
            (self.folder / f"{name}.py").write_text(text)

    def pulumi(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *arguments, "--non-interactive"],
            cwd=self.folder,
            env=dict(self.environment),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


@pytest.fixture
def project(tmp_path: Path, pulumi_toolchain: Toolchain) -> Project:
    if not (pulumi_toolchain.bin_dir / HOST_NAME).exists():
        pytest.fail("an official language host is installed here, so that ours can't be tried")
    folder, state = tmp_path / "project", tmp_path / "state"
    folder.mkdir()
    state.mkdir()
    (folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")
    settings = {
        "PULUMI_BACKEND_URL": f"file://{state}",
        "PULUMI_CONFIG_PASSPHRASE": "trial",
        "PULUMI_HOME": str(tmp_path / "home"),
        "PULUMI_DEBUG_PROVIDERS": "aws:1",
    }
    made = Project(folder=folder, environment={**pulumi_toolchain.environment(os.environ), **settings})
    assert made.pulumi("stack", "init", "dev").returncode == 0
    return made


def test_a_program_goes_up_changes_and_goes_down(project: Project) -> None:
    project.write("import pulumi, fleet\npulumi.export('urn', fleet.Fleet('a').urn)\n", fleet=FLEET)
    up = project.pulumi("up", "--yes")
    assert up.returncode == 0, up.stdout + up.stderr
    assert "+ 2 created" in up.stdout
    assert "Traceback" not in up.stdout + up.stderr
    assert "from $PATH" not in up.stdout + up.stderr
    outputs = json.loads(project.pulumi("stack", "output", "--json").stdout)
    assert outputs["urn"].endswith("ddf:test:Fleet::a")
    assert "2 unchanged" in project.pulumi("preview").stdout
    assert "2 unchanged" in project.pulumi("refresh", "--yes").stdout
    assert "- 2 deleted" in project.pulumi("destroy", "--yes").stdout


def test_configuration_and_secrets_reach_the_program_and_secrets_stay_secret(project: Project) -> None:
    project.pulumi("config", "set", "size", "3")
    project.pulumi("config", "set", "--secret", "password", "hunter2")
    project.write(
        "import pulumi\nc = pulumi.Config()\n"
        "pulumi.export('size', c.require_int('size') + 1)\npulumi.export('password', c.require_secret('password'))\n"
    )
    up = project.pulumi("up", "--yes")
    assert "hunter2" not in up.stdout + up.stderr
    assert json.loads(project.pulumi("stack", "output", "--json").stdout) == {
        "size": 4,
        "password": "[secret]",
    }
    assert project.pulumi("stack", "output", "password", "--show-secrets").stdout.strip() == "hunter2"


def test_what_a_program_prints_and_logs_reaches_the_user(project: Project) -> None:
    project.write(
        "import os, sys, pulumi\nprint('to stdout')\nprint('to stderr', file=sys.stderr)\n"
        "os.system('echo from a child')\npulumi.log.warn('a warning')\nprint('no newline', end='')\n"
    )
    preview = project.pulumi("preview")
    assert preview.returncode == 0
    for said in ("to stdout", "to stderr", "from a child", "warning: a warning", "no newline"):
        assert said in preview.stdout


@pytest.mark.parametrize(
    ("main", "said"),
    [
        ("import broken\nbroken.deep()\n", 'File "{folder}/__main__.py", line 2, in <module>'),
        ("import broken\nbroken.deep()\n", 'File "{folder}/broken.py", line 2, in deep'),
        ("import no_such_module\n", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("def (\n", 'File "{folder}/__main__.py", line 1'),
        (
            "import pulumi\npulumi.Config().require('absent')\n",
            "Missing required configuration variable 'trial:absent'",
        ),
        ("import pulumi\nraise pulumi.RunError('told plainly')\n", "error: told plainly"),
        ("import sys\nsys.exit(3)\n", "The program ended by sys.exit(3)."),
        (
            "import pulumi, broken\npulumi.export('x', pulumi.Output.from_input(1).apply(broken.deep))\n",
            "line 2, in deep",
        ),
    ],
)
def test_a_program_that_fails_is_explained_from_its_own_first_line(
    project: Project, main: str, said: str
) -> None:
    project.write(main, broken="def deep(*_):\n    return {}['nope']\n")
    up = project.pulumi("up", "--yes")
    assert up.returncode != 0
    assert said.format(folder=project.folder) in up.stdout
    for ours in ("program.py", "traces.py", "runpy", "inline source"):
        assert ours not in up.stdout


def test_a_missing_program_is_named(project: Project) -> None:
    preview = project.pulumi("preview")
    assert preview.returncode != 0
    assert f"{project.folder}/__main__.py does not exist" in preview.stdout


def test_leaving_with_zero_is_no_failure(project: Project) -> None:
    project.write("import sys\nsys.exit(0)\n")
    assert project.pulumi("preview").returncode == 0


def test_about_knows_the_interpreter_and_the_packages(project: Project, pulumi_toolchain: Toolchain) -> None:
    project.write("")
    about = json.loads(project.pulumi("about", "--json").stdout)
    assert about["runtime"]["executable"] == str(pulumi_toolchain.python)
    assert "pulumi-aws" in {package["name"] for package in about["dependencies"]}


def test_install_changes_nothing_and_says_so(project: Project) -> None:
    project.write("")
    install = project.pulumi("install", "--no-plugins")
    assert install.returncode == 0, install.stderr
    assert "Nothing to install" in install.stdout + install.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_neither_an_interrupted_nor_a_killed_cli_leaves_a_host_behind(
    project: Project, number: signal.Signals
) -> None:
    project.write("import time\nprint('waiting', flush=True)\ntime.sleep(60)\n")
    cli = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=project.folder,
        env=dict(project.environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert cli.stdout is not None
    while "waiting" not in cli.stdout.readline():
        assert cli.poll() is None
    children = psutil.Process(cli.pid).children(recursive=True)
    hosts = [child for child in children if any("language_host" in word for word in child.cmdline())]
    assert len(hosts) == 1
    os.kill(cli.pid, number)
    rest, _ = cli.communicate(timeout=60)
    assert number != signal.SIGINT or "update canceled" in rest
    _, alive = psutil.wait_procs(hosts, timeout=60)
    assert alive == []


def test_a_cli_that_is_built_names_its_version_to_the_automation_api(project: Project) -> None:
    project.write("import pulumi\npulumi.export('x', 1)\n")
    workspace = auto.LocalWorkspace(
        work_dir=str(project.folder),
        env_vars=dict(project.environment),
        pulumi_command=auto.PulumiCommand(
            root=str(Path(project.environment["PATH"].split(os.pathsep)[0]).parent)
        ),
    )
    stack = auto.Stack.select("dev", workspace)
    kinds: list[str] = []
    result = stack.up(
        on_event=lambda event: kinds.append("summary" if event.summary_event else "other"), show_secrets=False
    )
    assert result.summary.result == "succeeded"
    assert result.outputs["x"].value == 1
    assert "summary" in kinds
    project.write("1 / 0\n")
    with pytest.raises(auto.CommandError, match="ZeroDivisionError"):
        stack.up()


def test_a_module_is_read_anew_when_the_program_runs_again(project: Project) -> None:
    project.write("import pulumi, part\npulumi.export('x', part.VALUE)\n", part="VALUE = 1\n")
    project.pulumi("up", "--yes")
    time.sleep(0.01)
    project.write("import pulumi, part\npulumi.export('x', part.VALUE)\n", part="VALUE = 22\n")
    project.pulumi("up", "--yes")
    assert project.pulumi("stack", "output", "x").stdout.strip() == "22"
