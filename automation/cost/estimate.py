"""What a plan costs: by the month, by the busy hour, by 1,000 jobs; what has no price is named, never guessed."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from automation.cost.charge_rules import RULES, is_free
from automation.cost.charges import Charge, Per, PricedCharge
from automation.cost.planned import PlannedResource
from automation.cost.usage import UseOfFleet
from components.prices import HOURS_A_MONTH, OLD_AFTER_DAYS, PriceTable


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """A plan with its prices."""

    region: str
    """AWS region."""
    use: UseOfFleet
    """What it is assumed to be used for."""
    charges: tuple[PricedCharge, ...]
    """Everything that is charged for."""
    unpriced: tuple[str, ...]
    """What has no price, in words."""

    @property
    def monthly_fixed_usd(self) -> float:
        """What a month costs in which nothing runs."""
        return self._sum(Per.MONTH)

    @property
    def worker_hour_usd(self) -> float:
        """What one worker costs in an hour."""
        return self._sum(Per.WORKER_HOUR)

    @property
    def busy_hour_usd(self) -> float:
        """What an hour costs in which all workers run."""
        return self.worker_hour_usd * self.use.workers

    @property
    def thousand_jobs_usd(self) -> float:
        """What 1,000 jobs cost, when the workers have enough to do: their time and their requests."""
        return self.worker_hour_usd * self.use.worker_hours_per_thousand + self._sum(Per.THOUSAND_JOBS)

    @property
    def month_usd(self) -> float:
        """What a month costs with the hours that are assumed."""
        return self.monthly_fixed_usd + self.busy_hour_usd * self.use.hours_a_month

    @property
    def always_on_usd(self) -> float:
        """What a month costs when the workers never stop: the baseline of every saving."""
        return self.monthly_fixed_usd + self.busy_hour_usd * HOURS_A_MONTH

    @property
    def price_dates(self) -> tuple[date, date] | None:
        """Oldest and newest of the prices used."""
        dates = [priced.price.as_of for priced in self.charges if priced.price]
        return (min(dates), max(dates)) if dates else None

    def lacks(self, per: Per) -> bool:
        """Tell whether something of this has no price: the sum is then a lower bound, and must not be taken for all."""
        return any(priced.price is None and priced.charge.per is per for priced in self.charges)

    def is_old(self, today: date) -> bool:
        """Tell whether a price is so old that it should be asked for again."""
        return self.price_dates is not None and (today - self.price_dates[0]).days > OLD_AFTER_DAYS

    def _sum(self, per: Per) -> float:
        return sum(priced.usd for priced in self.charges if priced.charge.per is per)

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        return {
            "region": self.region,
            "currency": "USD",
            "monthly_fixed_usd": round(self.monthly_fixed_usd, 4),
            "busy_hour_usd": round(self.busy_hour_usd, 6),
            "thousand_jobs_usd": round(self.thousand_jobs_usd, 6),
            "month_usd": round(self.month_usd, 4),
            "always_on_month_usd": round(self.always_on_usd, 4),
            "assumed": {
                "workers": self.use.workers,
                "concurrency": self.use.concurrency,
                "service_seconds": self.use.service_seconds,
                "service_seconds_source": self.use.service_source,
                "hours_a_month": self.use.hours_a_month,
            },
            "unpriced": list(self.unpriced),
            "lower_bounds": [per.value for per in Per if self.lacks(per)],
            "prices_from": self.price_dates[0].isoformat() if self.price_dates else None,
            "prices_to": self.price_dates[1].isoformat() if self.price_dates else None,
            "charges": [_charge_dict(priced) for priced in self.charges],
        }


@dataclass(frozen=True, kw_only=True)
class PlanCost:
    """What a plan costs, and what is there now."""

    planned: Estimate
    """After the deployment."""
    deployed: Estimate | None
    """Now; None where nothing is deployed."""
    is_embedded: bool = False
    """The stack lives on the embedded AWS, where nothing costs money: these are the prices of the same stack on AWS."""

    budget_usd: float | None = None
    """What a month may cost; None where that is not known."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the ladder of the budget will make of it: told before, rather than found out."""
        budget, planned = self.budget_usd, self.planned
        if budget is None:
            return ()
        if not budget > 0:
            return ("The budget is 0: nobody will work until it is raised.",)
        if planned.lacks(Per.WORKER_HOUR):
            return (
                "A worker's hour has no price here: the fleet will not grow, which means from none to none.",
            )
        if planned.month_usd > budget:
            hours = f"A month of {planned.use.hours_a_month:.0f} busy hours"
            return (
                f"{hours} costs more than the budget of {budget:.0f} USD: the fleet would stop growing before its end.",
            )
        return ()

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        now = self.deployed
        change = None
        if now is not None:
            change = {
                "monthly_fixed_usd": round(self.planned.monthly_fixed_usd - now.monthly_fixed_usd, 4),
                "busy_hour_usd": round(self.planned.busy_hour_usd - now.busy_hour_usd, 6),
                "thousand_jobs_usd": round(self.planned.thousand_jobs_usd - now.thousand_jobs_usd, 6),
            }
        return {
            **self.planned.to_dict(),
            "change": change,
            "costs_nothing_here": self.is_embedded,
            "budget_usd": self.budget_usd,
            "budget_warnings": list(self.warnings),
        }


def estimate(
    resources: Sequence[PlannedResource], table: PriceTable, region: str, use: UseOfFleet
) -> Estimate:
    """Price resources."""
    charges: list[Charge] = []
    unknown: Counter[str] = Counter()
    for resource in resources:
        rule = RULES.get(resource.type)
        if rule is not None:
            charges += [charge for charge in rule(resource, resources, use) if charge.quantity]
        elif not is_free(resource.type):
            unknown[resource.type] += 1
    priced = tuple(
        PricedCharge(charge=charge, price=table.find(charge.price_key, region)) for charge in charges
    )
    missing = Counter(f"{one.charge.what} ({one.charge.price_key})" for one in priced if one.price is None)
    return Estimate(
        region=region,
        use=use,
        charges=priced,
        unpriced=tuple(f"{count} × {what}" for what, count in sorted((missing + unknown).items())),
    )


def _charge_dict(priced: PricedCharge) -> dict[str, Any]:
    charge, price = priced.charge, priced.price
    return {
        "resource": charge.resource,
        "what": charge.what,
        "per": charge.per.value,
        "quantity": round(charge.quantity, 9),
        "unit_usd": price.usd if price else None,
        "usd": round(priced.usd, 9) if price else None,
        "as_of": price.as_of.isoformat() if price else None,
        "source": price.source if price else None,
    }
