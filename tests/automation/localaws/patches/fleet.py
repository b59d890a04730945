"""A service of two tasks on either cloud, and what an agent would do for it."""

import dataclasses
from typing import Any

from tests.automation.localaws.clouds import Cloud, unique


@dataclasses.dataclass(frozen=True, kw_only=True)
class Fleet:
    """A service of two tasks, and what an agent would do for it."""

    cloud: Cloud
    cluster: str
    network: dict[str, Any]
    definition: str

    @classmethod
    def in_cloud(cls, cloud: Cloud, **options: object) -> "Fleet":
        ecs, ec2 = cloud.client("ecs"), cloud.client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
        group = ec2.describe_security_groups()["SecurityGroups"][0]["GroupId"]
        cluster = ecs.create_cluster(clusterName=unique("cluster"))["cluster"]["clusterName"]
        definition = ecs.register_task_definition(
            family=unique("worker"),
            networkMode="awsvpc",
            requiresCompatibilities=["FARGATE"],
            cpu="256",
            memory="512",
            containerDefinitions=[
                {"name": "worker", "image": "w", "memory": 128},
                {"name": "ollama", "image": "o", "memory": 128},
            ],
        )["taskDefinition"]["taskDefinitionArn"]
        network = {"awsvpcConfiguration": {"subnets": [subnet], "securityGroups": [group]}}
        fleet = cls(cloud=cloud, cluster=cluster, network=network, definition=definition)
        ecs.create_service(
            cluster=cluster,
            serviceName="s",
            taskDefinition=definition,
            desiredCount=2,
            launchType="FARGATE",
            networkConfiguration=network,
            **options,
        )
        return fleet

    @property
    def ecs(self) -> Any:
        return self.cloud.client("ecs")

    @property
    def service(self) -> dict[str, Any]:
        [service] = self.ecs.describe_services(cluster=self.cluster, services=["s"])["services"]
        return dict(service)

    def run(self, count: int) -> list[str]:
        answer = self.ecs.run_task(
            cluster=self.cluster,
            taskDefinition=self.service["taskDefinition"],
            count=count,
            group="service:s",
            startedBy=self.service["deployments"][0]["id"],
            launchType="FARGATE",
            networkConfiguration=self.network,
        )
        return [task["taskArn"] for task in answer["tasks"]]

    def report(self, task: str, status: str, exit_code: int | None = None, reason: str = "") -> None:
        container: dict[str, Any] = {"containerName": "worker", "status": status}
        if exit_code is not None:
            container["exitCode"] = exit_code
        self.ecs.submit_task_state_change(
            cluster=self.cluster, task=task, status=status, reason=reason, containers=[container]
        )

    def task(self, arn: str) -> dict[str, Any]:
        [task] = self.ecs.describe_tasks(cluster=self.cluster, tasks=[arn])["tasks"]
        return dict(task)
