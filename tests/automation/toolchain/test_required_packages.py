import pytest

from automation.toolchain.required_packages import attached_providers, installed_packages, required_plugins


def test_the_aws_plugin_is_required_in_the_version_of_its_package() -> None:
    versions = {plugin.name: plugin.version for plugin in required_plugins({})}
    assert versions == {"aws": f"v{installed_packages(transitive=True)['pulumi-aws']}"}


def test_a_provider_that_is_attached_needs_no_plugin() -> None:
    assert required_plugins({"PULUMI_DEBUG_PROVIDERS": "aws:4242"}) == []


@pytest.mark.parametrize(
    ("variable", "names"),
    [("", set()), ("aws:1", {"aws"}), ("aws:1,random:2", {"aws", "random"}), ("broken", set())],
)
def test_attached_providers_are_read_as_the_engine_reads_them(variable: str, names: set[str]) -> None:
    assert attached_providers({"PULUMI_DEBUG_PROVIDERS": variable}) == names


def test_direct_packages_are_fewer_than_all() -> None:
    direct, every = installed_packages(transitive=False), installed_packages(transitive=True)
    assert set(direct) < set(every)
    assert "pulumi-aws" in direct
    assert "grpcio" not in direct
