"""Dashboard: one page that says whether the fleet works, keeps up, and what it costs; up to three in an account are free."""

from typing import Any

import pulumi
from pulumi_aws import cloudwatch

from components.compute.interface import Fleet
from components.dashboard_body import DashboardSubject, dashboard_body
from components.fleet_component import FleetComponent, StackContext
from components.ingress import Ingress
from components.job_queue import JobQueue
from components.meter_rates import rates_of
from components.prices import read_prices


class Dashboard(FleetComponent):
    """The page."""

    def __init__(
        self, name: str, context: StackContext, *, queue: JobQueue, fleet: Fleet, ingress: Ingress
    ) -> None:
        """Build it from the names of what it shows, and the price of a worker's hour."""
        super().__init__(name, context)
        table = read_prices()
        rates = rates_of(context.config, table, context.region)
        known = pulumi.Output.all(
            cluster=fleet.cluster_name,
            service=fleet.service_name,
            dead_letters=queue.dead_letter_name,
            api_id=ingress.api_id,
            lanes={lane.value: physical for lane, physical in queue.lane_names.items()},
        )

        def describe(names: dict[str, Any]) -> Any:
            return dashboard_body(
                DashboardSubject(
                    environment=context.names.environment,
                    region=context.region,
                    slo_seconds=context.config.slo_seconds,
                    worker_hour_usd=rates.worker_hour_usd,
                    fixed_month_usd=rates.fixed_month_usd,
                    prices_as_of=max((str(price.as_of) for price in table.prices), default=""),
                    **names,
                )
            )

        cloudwatch.Dashboard(
            self.child_name("page"),
            dashboard_name=context.names.prefix,
            dashboard_body=pulumi.Output.json_dumps(known.apply(describe)),
            opts=self.child(),
        )
        self.finish({})
