"""Scale-in protection, as the embedded ECS has it."""

import secrets

from tests.contracts.worlds import aws_client
from worker.adapters.ecs_protection import EcsProtection


async def started_task(client) -> tuple[str, str]:
    cluster = f"t{secrets.token_hex(4)}"
    await client.create_cluster(clusterName=cluster)
    revision = await client.register_task_definition(
        family=cluster, containerDefinitions=[{"name": "worker", "image": "worker", "memory": 64}]
    )
    arn = revision["taskDefinition"]["taskDefinitionArn"]
    answer = await client.run_task(
        cluster=cluster, taskDefinition=arn, launchType="FARGATE", group="service:fleet"
    )
    return cluster, answer["tasks"][0]["taskArn"]


async def is_protected(client, cluster: str, task: str) -> bool:
    answer = await client.get_task_protection(cluster=cluster, tasks=[task])
    return answer["protectedTasks"][0]["protectionEnabled"]


async def test_a_task_is_protected_until_it_gives_it_up(aws_endpoint):
    troubles: list[str] = []
    async with aws_client("ecs", aws_endpoint) as client:
        cluster, task = await started_task(client)
        protection = EcsProtection(client=client, task_arn=task, on_trouble=troubles.append)
        await protection.protect(minutes=11)
        assert await is_protected(client, cluster, task)
        await protection.unprotect()
        assert not await is_protected(client, cluster, task)
    assert troubles == []


async def test_a_refusal_is_told_and_stops_nobody(aws_endpoint):
    troubles: list[str] = []
    async with aws_client("ecs", aws_endpoint) as client:
        cluster, task = await started_task(client)
        await EcsProtection(client=client, task_arn=task[:-4] + "dead", on_trouble=troubles.append).protect(
            minutes=11
        )
        await EcsProtection(client=client, task_arn=task, on_trouble=troubles.append).protect(minutes=9999)
        assert not await is_protected(client, cluster, task)
    assert len(troubles) == 2
