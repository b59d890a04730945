"""A few kinds of stack beyond the usual one through Pulumi's real engine; bench/local_deploy.py --variants runs all of them."""

import pytest

from bench.variants import VARIANTS, Place, faults, find_cli, live

CHOSEN = (
    "gpu-warm, private-nat, balancer",
    "lambda, private-endpoints, no balancer",
    "fargate-codebuild, public, no balancer",
)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.acceptance,
    # moto leaves the temporary files of deleted objects to the garbage collector
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.skipif(find_cli() is None, reason="no Pulumi CLI here: `make setup`"),
]


@pytest.mark.parametrize(
    "name", [CHOSEN[0], *(pytest.param(name, marks=pytest.mark.nightly) for name in CHOSEN[1:])]
)
def test_a_stack_of_this_kind_comes_rests_and_goes_without_a_trace(embedded, tmp_path, name):
    server, port = embedded
    [variant] = [it for it in VARIANTS if it.name == name]
    place = Place(endpoint=server.endpoint, provider_port=port, cli=find_cli(), folder=tmp_path)
    life = live(variant, place, is_short=True)
    assert life.resources > 50
    assert not faults(variant, life)
