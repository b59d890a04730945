"""The image installs what the repository tests with."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_lock_files_of_the_image_and_of_the_toolchain_are_parts_of_the_whole_one():
    done = subprocess.run([sys.executable, "tools/lock_parts.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "run: python tools/lock_parts.py"


def test_the_image_holds_nothing_of_the_infrastructure():
    names = re.findall(r"^([\w.-]+)==", (ROOT / "worker" / "requirements.lock").read_text(), re.MULTILINE)
    assert "aiobotocore" in names
    assert not {"pulumi", "pulumi-aws", "moto", "rich", "click", "boto3"} & set(names)


def test_the_image_runs_as_nobody_special_and_names_no_private_registry():
    text = (ROOT / "worker" / "Dockerfile").read_text()
    assert "\nUSER worker\n" in text
    images = re.findall(r"^FROM (\S+)", text, re.MULTILINE)
    assert images
    assert all("/" not in image for image in images)
    assert "index-url" not in text
