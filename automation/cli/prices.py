"""prices: show the dated table, bring it up to date."""

from collections.abc import Mapping
from dataclasses import asdict

import click
from rich.console import Group, RenderableType
from rich.text import Text

from automation.cli.console import Screen, literal, table
from automation.cli.options import json_option
from automation.cost.known_prices import known_prices
from automation.cost.price_refresh import HOME_REGION, Refreshed, refresh_prices
from automation.errors import Diagnostic
from components.prices import PRICES_FILE, Price, write_prices

_REGION = click.option(
    "--region", default=HOME_REGION, show_default=True, metavar="REGION", help="AWS region."
)


@click.group()
def prices() -> None:
    """Show the price table, or bring it up to date."""


@prices.command("show")
@_REGION
@json_option
def show(region: str, *, is_json: bool) -> None:
    """Show each price with its unit, date and source."""
    screen, known = Screen(is_json=is_json), known_prices()
    found = [price for price in known.prices if price.region == region]
    if not found:
        raise Diagnostic(
            f"the price table has nothing of {region[:40]!r}",
            why=f"it has {', '.join(known.regions())}",
            next_step=f"python -m automation prices refresh --region {region[:40]}",
            reference="prices-none",
        )
    screen.result(
        {"region": region, "prices": [_document(price) for price in found]}, lambda: _listing(found)
    )


@prices.command("refresh")
@_REGION
@json_option
def refresh(region: str, *, is_json: bool) -> None:
    """Rewrite the table from the AWS Price List (public, over HTTPS); without a network nothing is changed."""
    import httpx  # noqa: PLC0415 - slow to load, and only needed here

    screen, known = Screen(is_json=is_json), known_prices()
    screen.note(f"Asking the AWS Price List for {region[:40]}; the files have some megabytes.")
    with httpx.Client(follow_redirects=True) as client:
        done = refresh_prices(known, region, client)
    write_prices(done.table)
    document = {
        "region": region,
        "file": str(PRICES_FILE),
        "changed": [{"old_usd": old.usd if old else None, **_document(new)} for old, new in done.changed],
        "confirmed": [price.key for price in done.confirmed],
        "kept": list(done.kept),
    }
    screen.result(document, lambda: _changes(done))
    screen.lines(["", f"Written to {PRICES_FILE}; a change of prices is reviewed like any other."])


def _document(price: Price) -> Mapping[str, object]:
    return {
        name: str(value) if name == "as_of" else value for name, value in asdict(price).items() if value != ""
    }


def _listing(found: list[Price]) -> RenderableType:
    rows = table("price", ">USD", "for each", "of", "~source")
    for price in found:
        rows.add_row(
            price.key, f"{price.usd:.10g}", literal(price.unit), str(price.as_of), literal(price.source)
        )
    return rows


def _changes(done: Refreshed) -> RenderableType:
    rows = table("price", ">before", ">now", "of")
    for old, new in done.changed:
        rows.add_row(new.key, f"{old.usd:.10g}" if old else "new", f"{new.usd:.10g}", str(new.as_of))
    counts = (
        f"{len(done.changed)} changed, {len(done.confirmed)} confirmed, {len(done.kept)} kept as they were"
    )
    kept = [Text(f"  kept: {line}", style="dim") for line in done.kept]
    return Group(*([rows] if done.changed else []), counts, *kept)
