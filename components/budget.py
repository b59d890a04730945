"""Budget: what a month may cost, and who is told at which share of it.

AWS Budgets know of it hours later and can stop nothing that runs here: this is the backstop, and the one that also sees what our meter
does not. What acts is the controller, on Lambda components/spending.py, by the same shares (worker/domain/budget.py).
"""

from collections.abc import Sequence

import pulumi
from pulumi_aws import budgets, sns

from components.fleet_component import FleetComponent, StackContext
from components.naming import PROJECT
from components.permissions import Document
from components.topic_subscriptions import subscribe
from worker.domain.budget import ALERT_PERCENTS

SMALLEST_USD = 0.01
"""AWS wants an amount above 0: a budget of nothing is a cent, so that the first cent is told."""
FORECAST_PERCENT = 100
METRIC = "UnblendedCost"


class Budget(FleetComponent):
    """A monthly budget over what the stack's tags mark, a topic that hears of it, and who listens there."""

    def __init__(self, name: str, context: StackContext) -> None:
        """Build the topic first: each notification needs somebody to tell."""
        super().__init__(name, context)
        topic = sns.Topic(
            self.child_name("topic"),
            name=context.names.part("budget"),
            policy=pulumi.Output.json_dumps(
                context.account_id.apply(
                    lambda account: budget_topic_policy(
                        topic_arn=f"arn:aws:sns:{context.region}:{account}:{context.names.part('budget')}",
                        account_id=account,
                    )
                )
            ),
            tags=self.tags("budget"),
            opts=self.child(),
        )
        webhook = context.config.alarm_webhook
        subscribe(self, topic.arn, part="webhook", protocol="https", endpoint=webhook)
        self._build_budget(topic)
        self.topic_arn = topic.arn
        self.finish({"topic_arn": topic.arn})

    def _build_budget(self, topic: sns.Topic) -> None:
        context = self._context
        amount = max(float(context.config.monthly_budget_usd), SMALLEST_USD)
        told = [(percent, "ACTUAL") for percent in ALERT_PERCENTS] + [(FORECAST_PERCENT, "FORECASTED")]
        budgets.Budget(
            self.child_name("month"),
            name=context.names.part("month"),
            budget_type="COST",
            time_unit="MONTHLY",
            limit_amount=f"{amount:g}",
            limit_unit="USD",
            metrics=METRIC,
            # Both tags must have been activated for cost allocation, else it sees nothing.
            filter_expression={
                "ands": [
                    {"tags": {"key": "Project", "values": [PROJECT]}},
                    {"tags": {"key": "Environment", "values": [context.names.environment]}},
                ]
            },
            notifications=[
                budgets.BudgetNotificationArgs(
                    comparison_operator="GREATER_THAN",
                    threshold=percent,
                    threshold_type="PERCENTAGE",
                    notification_type=kind,
                    subscriber_email_addresses=self._addresses() or None,
                    subscriber_sns_topic_arns=[topic.arn],
                )
                for percent, kind in told
            ],
            tags=self.tags("month"),
            opts=self.child(),
        )

    def _addresses(self) -> Sequence[str]:
        """A mail by AWS Budgets needs no confirmation, unlike one by a topic."""
        address = self._context.config.alarm_email
        return [address] if address else []


def budget_topic_policy(*, topic_arn: str, account_id: str) -> Document:
    """Let AWS Budgets publish for this account's budgets; who else may is IAM's affair."""
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "BudgetsTell",
                "Effect": "Allow",
                "Principal": {"Service": "budgets.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": topic_arn,
                "Condition": {
                    "StringEquals": {"aws:SourceAccount": account_id},
                    "ArnLike": {"aws:SourceArn": f"arn:aws:budgets::{account_id}:*"},
                },
            }
        ],
    }
