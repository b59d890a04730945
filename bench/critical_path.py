"""How long a first deployment takes on AWS, by what must wait for what: `python -m bench.critical_path` writes docs/deploy-critical-path.md.

The graph is the program's own, declared for each kind of stack; the durations are those of WAITS, each with its source. Pulumi makes as much
as it can at the same time, so the longest way through the graph is the time of the deployment.
"""

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bench.variants import BALANCERS, NETWORKS
from tests.components.declared import Declaration
from tests.components.variants import KINDS, OPTIONS, variant

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "deploy-critical-path.md"
LIMIT_SECONDS = 600
START_SECONDS = 15
"""Until the program has run and the first resource is asked for; measured here, with the plugin in place."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """How long a type is waited for."""

    usual: int
    """Seconds, as a rule."""
    slow: int
    """Seconds on a bad day."""
    states: str
    """What is waited for."""
    source: str
    """Who says so."""


AT_ONCE = Wait(
    usual=2, slow=5, states="the call's answer", source="one or two calls of the API, which answers at once"
)
PROVIDER = "https://github.com/hashicorp/terraform-provider-aws"
DOCS = "https://docs.aws.amazon.com"
WAITS: Mapping[str, Wait] = {
    "aws:apigatewayv2/vpcLink:VpcLink": Wait(
        usual=150,
        slow=240,
        states="PENDING → AVAILABLE",
        source=f'"a few minutes": {DOCS}/apigateway/latest/developerguide/http-api-vpc-links.html; of the older kind, "typically 2-4 minutes": '
        f"{DOCS}/apigateway/latest/api/API_CreateVpcLink.html",
    ),
    "aws:ec2/natGateway:NatGateway": Wait(
        usual=105,
        slow=300,
        states="pending → available",
        source='logs of 1 min 40 s: https://github.com/terraform-aws-modules/terraform-aws-vpc/issues/999; "up to 5 min": '
        "https://github.com/kubernetes/kops/pull/944",
    ),
    "aws:lb/loadBalancer:LoadBalancer": Wait(
        usual=150,
        slow=240,
        states="provisioning → active",
        source="assumed: two to three minutes; the provider waits 10 at most",
    ),
    "aws:ec2/vpcEndpoint:VpcEndpoint": Wait(
        usual=60,
        slow=150,
        states="pending → available",
        source="assumed: about a minute for an interface; a gateway is there at once; the provider waits 10 min at most",
    ),
    "aws:servicediscovery/privateDnsNamespace:PrivateDnsNamespace": Wait(
        usual=45,
        slow=110,
        states="operation SUBMITTED → SUCCESS",
        source=f"made and deleted in 112 s by the provider's own test: {PROVIDER}/pull/2569",
    ),
    "aws:dynamodb/table:Table": Wait(
        usual=15,
        slow=60,
        states="CREATING → ACTIVE, then point-in-time recovery",
        source="assumed; the provider waits 30 min at most",
    ),
    "aws:lambda/function:Function": Wait(
        usual=15,
        slow=90,
        states="Pending → Active; in a network of ours its interfaces are made first",
        source=f'"it can take several minutes" for the first interface of a subnet and group: {DOCS}/lambda/latest/dg/configuration-vpc.html',
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Wait(
        usual=20,
        slow=60,
        states="Creating → Enabled",
        source="assumed; the provider waits 10 min at most",
    ),
    "aws:iam/role:Role": Wait(
        usual=5,
        slow=15,
        states="the role is seen everywhere",
        source=f"eventually consistent, the provider tries again: {DOCS}/IAM/latest/UserGuide/troubleshoot.html",
    ),
    "aws:iam/instanceProfile:InstanceProfile": Wait(
        usual=10,
        slow=20,
        states="the profile is seen everywhere",
        source=f"the same: {DOCS}/IAM/latest/UserGuide/troubleshoot.html",
    ),
    "aws:sqs/queue:Queue": Wait(
        usual=25,
        slow=60,
        states="attributes read back as written",
        source=f'"attribute changes take up to 60 seconds": {DOCS}/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html',
    ),
    "aws:sqs/queuePolicy:QueuePolicy": Wait(
        usual=25,
        slow=60,
        states="the policy read back as written",
        source="the same; the provider waits 2 min at most",
    ),
    "aws:ec2/vpc:Vpc": Wait(usual=12, slow=25, states="available, DNS attributes set", source="assumed"),
    "aws:ec2/subnet:Subnet": Wait(
        usual=11,
        slow=20,
        states="addresses mapped on launch",
        source="the provider waits for the attribute, ten seconds as a rule",
    ),
    "aws:autoscaling/group:Group": Wait(
        usual=15,
        slow=60,
        states="the group is there; it starts no instance yet",
        source="no capacity is waited for: the smallest size is 0",
    ),
    "aws:ecs/cluster:Cluster": Wait(usual=12, slow=30, states="PROVISIONING → ACTIVE", source="assumed"),
    "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": Wait(
        usual=12, slow=30, states="UPDATE_IN_PROGRESS → UPDATE_COMPLETE", source="assumed"
    ),
}


@dataclass(frozen=True, kw_only=True)
class Node:
    """A resource of the graph."""

    name: str
    type: str
    depends_on: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Way:
    """A way through the graph and the time that it takes."""

    seconds: int
    nodes: tuple[Node, ...]


def longest_way(nodes: Iterable[Node], *, is_slow: bool = False) -> Way:
    """The way that takes longest; names that are no resource here (providers, components) take no time."""
    by_name = {node.name: node for node in nodes}

    @cache
    def ending_at(name: str) -> Way:
        node = by_name[name]
        before = max(
            (ending_at(other) for other in node.depends_on if other in by_name),
            key=lambda way: way.seconds,
            default=Way(seconds=0, nodes=()),
        )
        return Way(seconds=before.seconds + duration(node.type, is_slow=is_slow), nodes=(*before.nodes, node))

    return max((ending_at(name) for name in by_name), key=lambda way: way.seconds)


def duration(token: str, *, is_slow: bool) -> int:
    """How long a type takes; a component takes none."""
    if not token.startswith("aws:"):
        return 0
    wait = WAITS.get(token, AT_ONCE)
    return wait.slow if is_slow else wait.usual


def page(graphs: Mapping[str, Sequence[Node]]) -> str:
    """The whole document."""
    lines = [
        "# How long a first deployment takes on AWS",
        "",
        "Written by `python -m bench.critical_path`; a test keeps it true to half a minute. Nothing here was measured on AWS: the graph is the program's own, the",
        "durations are those of the table below. Pulumi makes at the same time whatever does not wait for something else, so the longest way",
        f"through the graph is the time of the deployment, and {START_SECONDS} s until the first call. It must stay below {LIMIT_SECONDS // 60} minutes, on a",
        "bad day too. ECS is not waited for: `deploy` then asks `health` until a worker of the new revision does a job, which takes a minute",
        "or two more where the images are there (docs/aws-assumptions.md, 7), and is bounded by its own patience.",
        "",
        "| kind, network, front door | usual | bad day | the longest way, usually, with the seconds of each step |",
        "|---|---|---|---|",
        *(row(name, nodes) for name, nodes in graphs.items()),
        "",
        "## What is waited for",
        "",
        "| type | state | usual s | bad day s | source |",
        "|---|---|---|---|---|",
        *(wait_row(f"`{token}`", wait) for token, wait in sorted(WAITS.items())),
        wait_row("all others", AT_ONCE),
        "",
    ]
    return "\n".join(lines)


def row(name: str, nodes: Sequence[Node]) -> str:
    """A kind of stack."""
    usual, slow = longest_way(nodes), longest_way(nodes, is_slow=True)
    steps = " → ".join(
        f"{node.name} {duration(node.type, is_slow=False)}"
        for node in usual.nodes
        if node.type.startswith("aws:")
    )
    times = (_minutes(way.seconds + START_SECONDS) for way in (usual, slow))
    return f"| {name} | {' | '.join(times)} | {steps} |"


def wait_row(name: str, wait: Wait) -> str:
    """A type."""
    return f"| {name} | {wait.states} | {wait.usual} | {wait.slow} | {wait.source} |"


def _minutes(seconds: int) -> str:
    return f"{seconds // 60}:{seconds % 60:02}"


def graph(declaration: Declaration) -> tuple[Node, ...]:
    """What a declared stack waits for."""
    return tuple(Node(name=it.name, type=it.token, depends_on=it.depends_on) for it in declaration.resources)


def name_of(kind: str, network: str, balancer: str) -> str:
    """As the page has it."""
    return f"{kind}, {network}, {'balancer' if balancer == 'alb' else 'no balancer'}"


def main() -> None:
    """Declare every kind of stack once, and write the page."""
    combinations = [
        one
        for one in itertools.product(KINDS, NETWORKS, BALANCERS)
        if one[0] != "lambda" or one[2] == "none"  # the front door calls a function itself
    ]
    combinations += [(kind, "public", "none") for kind in OPTIONS]
    PAGE.write_text(page({name_of(*one): graph(variant(*one)) for one in combinations}), encoding="utf-8")


if __name__ == "__main__":
    main()
