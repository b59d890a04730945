"""Least privilege, both ways: with its policies the fleet does all its work, and with one permission less some step of it fails.

    python -m bench.iam_matrix            # every role
    python -m bench.iam_matrix task       # one

A permission is an action of a statement, one of several resources, or one of several values of a condition. Roles work with sessions of their own on an embedded AWS
that judges them as IAM does.
"""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from bench.iam_builder_steps import builder_document, builder_steps
from bench.iam_ingress_steps import ingress_steps
from bench.iam_spending_steps import spending_steps
from bench.iam_steps import Step, controller_steps, execution_steps, function_steps, task_steps
from bench.iam_world import NAME, World, arn, open_world
from components.controller_permissions import controller_policy
from components.ingress_permissions import ingress_policy
from components.permissions import execution_policy, function_policy, task_policy

Steps = Callable[[World, Mapping[str, str]], AsyncIterator[tuple[str, Step]]]


@dataclass(frozen=True, kw_only=True)
class Role:
    """A role: what it may do, and what it does."""

    document: Callable[[World], Mapping[str, Any]]
    steps: Steps


ROLES: Mapping[str, Role] = {
    "task": Role(document=lambda world: task_policy(world.worker), steps=task_steps),
    "function": Role(document=lambda world: function_policy(world.function), steps=function_steps),
    "controller": Role(document=lambda world: controller_policy(world.controller), steps=controller_steps),
    "spending": Role(document=lambda world: world.spending, steps=spending_steps),
    "ingress": Role(document=lambda world: ingress_policy(world.ingress), steps=ingress_steps),
    "execution": Role(
        document=lambda _: execution_policy(
            repository_arns=[arn("ecr", f"repository/{NAME}")], log_group_arn=arn("logs", f"log-group:{NAME}")
        ),
        steps=execution_steps,
    ),
    "builder": Role(document=builder_document, steps=builder_steps),
}


@dataclass(frozen=True, kw_only=True)
class Permission:
    """One thing that can be taken out of a policy."""

    sid: str
    what: str
    """An action, a resource, or a value of a condition."""

    def taken_from(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """The document without it; a statement that grants nothing any more goes, too."""
        kept = [self._without(it) if it["Sid"] == self.sid else it for it in document["Statement"]]
        return {**document, "Statement": [it for it in kept if it["Action"] and it["Resource"]]}

    def _without(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        left = {
            **statement,
            "Action": _without(statement["Action"], self.what),
            "Resource": _without(statement["Resource"], self.what),
        }
        if "Condition" in statement:
            left["Condition"] = {
                operator: {key: _without(values, self.what) for key, values in keys.items()}
                for operator, keys in statement["Condition"].items()
            }
        return left


def _without(listed: list[str], one: str) -> list[str]:
    return [it for it in listed if it != one]


def permissions(document: Mapping[str, Any]) -> Iterator[Permission]:
    for statement in document["Statement"]:
        parts = list(statement["Action"])
        if len(statement["Resource"]) > 1:
            parts += statement["Resource"]
        for keys in statement.get("Condition", {}).values():
            parts += [value for values in keys.values() for value in values if len(values) > 1]
        yield from (Permission(sid=statement["Sid"], what=part) for part in parts)


async def failures(world: World, name: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Steps of the role that fail with such a policy, and why; one that fails does not keep the others from being tried."""
    world.grant(name, document)
    failed = {}
    async for title, step in ROLES[name].steps(world, world.session(name)):
        try:
            await step()
        except Exception as fault:  # noqa: BLE001 - whatever it is, the step did not do its work
            failed[title] = f"{type(fault).__name__}: {fault}"
    return failed


async def show(world: World, name: str) -> int:
    """Print what fails with the whole policy, which should be nothing, and without each permission, which should be something."""
    whole = ROLES[name].document(world)
    failed, rows = await failures(world, name, whole), list(permissions(whole))
    print(
        f"\nrole {name}: with all {len(rows)} permissions {', '.join(failed) or 'nothing'} fails", flush=True
    )
    for step, why in failed.items():
        print(f"  ! {step}: {why}")
    wrong = len(failed)
    for row in rows:
        failed = await failures(world, name, row.taken_from(whole))
        wrong += not failed
        print(f"  {row.sid:26} {row.what:60} {', '.join(failed) or 'NOTHING FAILS'}", flush=True)
    return wrong


def main(names: list[str]) -> int:
    """Show each role; the number of permissions that nothing needs, and of steps that fail with all of them."""
    logging.disable(logging.WARNING)  # each denial is logged
    with open_world() as world:
        return sum(asyncio.run(show(world, name)) for name in names or ROLES)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
