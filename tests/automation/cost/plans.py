"""Plans to price: what the engine hands over, in short."""

from typing import Any

from automation.cost.planned import PlannedResource
from automation.driver.events import DeploymentView, Phase, ResourceRow, Step

SERVICE = "aws:ecs/service:Service"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
QUEUE = "aws:sqs/queue:Queue"
ON_DEMAND = [{"capacityProvider": "FARGATE", "base": 0, "weight": 1}]
MIXED = [
    {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
    {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
]


def resource(token: str, name: str = "thing", component: str = "", **inputs: Any) -> PlannedResource:
    return PlannedResource(type=token, name=name, component=component, inputs=inputs or {"name": name})


def fargate(
    *,
    cpu: int = 2048,
    memory: int = 8192,
    architecture: str = "X86_64",
    shares: list[dict[str, Any]] | None = None,
    is_public: bool = True,
) -> tuple[PlannedResource, ...]:
    return (
        resource(
            TASK,
            "fleet-task",
            "fleet",
            cpu=str(cpu),
            memory=str(memory),
            requiresCompatibilities=["FARGATE"],
            runtimePlatform={"cpuArchitecture": architecture},
        ),
        resource(
            SERVICE,
            "fleet-service",
            "fleet",
            capacityProviderStrategies=shares or ON_DEMAND,
            networkConfiguration={"assignPublicIp": is_public},
        ),
    )


def view_of(*steps: Step) -> DeploymentView:
    rows = {step.urn: ResourceRow(step=step, phase=Phase.PLANNED, started_at=0.0) for step in steps}
    return DeploymentView(rows=rows)


def step(op: str, token: str, name: str, before: dict[str, Any], after: dict[str, Any]) -> Step:
    urn = f"urn:pulumi:dev::p::{token}::{name}"
    return Step(urn=urn, type=token, op=op, before=before, after=after, is_planning=True)
