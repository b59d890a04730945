"""Which local command stands for an image."""

import sys

import pytest

from automation.localaws.runtime.images import LocalImages, NoLocalCommand, repository_of
from tests.automation.localaws.runtime.builders import a_container


@pytest.mark.parametrize(
    ("image", "repository"),
    [
        ("ollama/ollama:0.6.5", "ollama"),
        ("123456789012.dkr.ecr.us-east-1.amazonaws.com/fleet-worker:1.2", "fleet-worker"),
        ("localhost:5000/fleet-worker", "fleet-worker"),
        ("fleet-worker@sha256:abc", "fleet-worker"),
    ],
)
def test_a_repository_is_the_image_without_registry_tag_and_digest(image, repository):
    assert repository_of(image) == repository


def test_the_worker_image_of_any_stack_and_tag_is_python_dash_m_worker():
    container = a_container(name="anything", image="x/deployer-ddf-mod-llm-models-staging-worker:v9")
    assert LocalImages().command(container) == [sys.executable, "-m", "worker"]


def test_a_container_called_worker_runs_the_worker():
    assert LocalImages().command(a_container(image="busybox")) == [sys.executable, "-m", "worker"]


def test_a_containers_own_arguments_follow_the_command():
    images = LocalImages(commands={"tool": ["tool"]})
    assert images.command(a_container(image="tool:1", command=("--once",))) == ["tool", "--once"]


def test_an_unknown_image_says_so_in_the_words_of_ecs():
    with pytest.raises(
        NoLocalCommand, match="CannotPullContainerError: image ollama/ollama:1 has no local command"
    ):
        LocalImages().command(a_container(name="ollama", image="ollama/ollama:1"))
