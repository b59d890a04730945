"""destroy: drops protections by name, deletes, looks for what is left with its price, and purges it where asked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import click
from rich.console import Group, RenderableType

from automation.cli.confirmation import confirm
from automation.cli.console import Screen, literal, table
from automation.cli.expiry import expires_at, is_expired
from automation.cli.options import environment_option, json_option, yes_option
from automation.cli.session import Session
from automation.cli.teardown import tear_down
from automation.cost.leftover_prices import monthly_usd, total_usd
from automation.cost.leftovers import Leftover, LeftoverScan, scan_leftovers
from automation.cost.purge import purge
from automation.errors import ExitCode, LeftoversFound, UsageFault
from components.prices import read_prices


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a destroy did."""

    environment: str
    """Stack."""
    deleted: int
    """Resources deleted through Pulumi."""
    purged: tuple[str, ...]
    """Leftovers deleted after that."""
    failures: tuple[str, ...]
    """Leftovers that could not be, each with the reason."""
    scan: LeftoverScan
    """What is left."""
    costs: tuple[float | None, ...]
    """Dollars a month of each leftover; None is unpriced."""

    def to_dict(self) -> dict[str, Any]:
        """Return the form that --json prints."""
        fields = asdict(self.scan)
        for entry, usd in zip(fields["leftovers"], self.costs, strict=True):
            entry["monthly_usd"] = usd
        return {
            "environment": self.environment,
            "deleted": self.deleted,
            "purged": list(self.purged),
            "purge_failures": list(self.failures),
            **fields,
        }


@click.command()
@environment_option
@click.option(
    "--confirm",
    "named",
    metavar="NAME",
    help="The stack's name, typed: a protected stack wants it even with --yes.",
)
@click.option("--purge", "purges", is_flag=True, help="Delete what the scan finds left, too.")
@click.option("--if-expired", is_flag=True, help="Do nothing unless the stack's time (deploy --ttl) is over.")
@yes_option
@json_option
def destroy(
    environment: str, *, named: str | None, purges: bool, if_expired: bool, is_confirmed: bool, is_json: bool
) -> int:
    """Delete a stack and prove that nothing is left, by tag and by name."""
    screen = Screen(is_json=is_json)
    session = Session(environment, screen)
    if if_expired and not _has_expired(session):
        return ExitCode.OK
    is_named = _is_named(environment, named)
    if not is_named:
        confirm(screen, lambda: _names_it(environment), is_confirmed=is_confirmed)
        is_named = not is_confirmed  # it was typed just now
    deleted = tear_down(session, lambda protected: _refuse_unnamed(protected, environment, is_named=is_named))
    outcome = _looked_at(session, deleted, purges=purges)
    screen.result(outcome.to_dict(), lambda: _render(outcome))
    if outcome.scan.leftovers and not is_json:
        raise LeftoversFound(
            f"{len(outcome.scan.leftovers)} resources are left",
            why="\n".join(outcome.failures),
            next_step="delete them by hand"
            if purges
            else f"destroy --env {environment} --purge deletes them",
            reference="leftovers",
        )
    return ExitCode.LEFTOVERS if outcome.scan.leftovers else ExitCode.OK


def _has_expired(session: Session) -> bool:
    """Tell whether the stack's time is over; say why not."""
    session.start_cloud()
    end = expires_at(session.access, session.environment)
    if is_expired(end):
        return True
    told = f"It expires at {end}." if end else "It has no time to expire: deploy --ttl sets one."
    document = {"environment": session.environment, "deleted": 0, "expires_at": end}
    session.screen.result(document, lambda: told)
    return False


def _looked_at(session: Session, deleted: int, *, purges: bool) -> Outcome:
    scan = scan_leftovers(session.access, session.environment)
    purged: Sequence[Leftover] = ()
    failures: tuple[str, ...] = ()
    if purges and scan.leftovers:
        session.screen.note(f"Purging {len(scan.leftovers)} leftovers.")
        done = purge(session.access, scan.leftovers)
        purged = done.deleted
        failures = tuple(f"{one.identity}: {why}" for one, why in done.failed)
        scan = scan_leftovers(session.access, session.environment)
    prices = read_prices()
    return Outcome(
        environment=session.environment,
        deleted=deleted,
        purged=tuple(one.identity for one in purged),
        failures=failures,
        scan=scan,
        costs=tuple(monthly_usd(one, prices, session.region) for one in scan.leftovers),
    )


def _render(outcome: Outcome) -> RenderableType:
    scan = outcome.scan
    where = f"{len(scan.services_scanned)} services, by tag and by name"
    lines: list[RenderableType] = [
        f"Deleted {outcome.deleted} resources. Left: {len(scan.leftovers)} (looked at {where})."
    ]
    if outcome.purged:
        lines.append(f"Purged {len(outcome.purged)} leftovers before that.")
    if scan.leftovers:
        rows = table("service", "~resource", "found by", ">$/month")
        for one, usd in zip(scan.leftovers, outcome.costs, strict=True):
            rows.add_row(one.service, literal(one.identity), one.found_by, _dollars(usd))
        known, unpriced = total_usd(outcome.costs)
        rest = f", and {unpriced} unpriced: charged by size, or without a price here" if unpriced else ""
        lines += [rows, f"Together ${known:.2f} a month{rest}."]
    lines += [f"  not looked at: {literal(one)}" for one in scan.unscanned]
    return Group(*lines)


def _dollars(usd: float | None) -> str:
    return "unpriced" if usd is None else f"{usd:.2f}"


def _is_named(environment: str, named: str | None) -> bool:
    if named is None:
        return False
    if named != environment:
        raise UsageFault(
            f"--confirm says {named!r}, but the stack is {environment!r}",
            next_step=f"destroy --env {environment} --confirm {environment}, if that is the one you mean",
            reference="confirm",
        )
    return True


def _refuse_unnamed(protected: tuple[str, ...], environment: str, *, is_named: bool) -> None:
    if not is_named:
        raise UsageFault(
            f"stack {environment!r} is protected: nothing was deleted",
            why=f"protected are {', '.join(protected)}",
            next_step=f"destroy --env {environment} --confirm {environment} drops the protection and deletes all of it",
            reference="protected",
        )


def _names_it(environment: str) -> bool:
    answer = click.prompt(f"This deletes everything of {environment!r}. Type its name to confirm")
    return str(answer).strip() == environment
