"""Brings the price table up to date from the AWS Price List: public files over HTTPS, no account needed.

What a file lacks, or has under two prices, keeps its old price and date, and is named. Spot prices and those of EC2 are not
asked for: the former are in no list, and the latter's file is too large to be worth it.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import httpx

from automation.errors import Diagnostic
from components.prices import Price, PriceTable

PRICE_LIST = "https://pricing.us-east-1.amazonaws.com/offers/v1.0/aws"
HOME_REGION = "us-east-1"
"""Its rows tell what to ask for in any other."""
TIMEOUT_SECONDS = 120.0
_REGION_PREFIX = r"([A-Z]{2,4}\d{0,2}-)?"


@dataclass(frozen=True, kw_only=True)
class Refreshed:
    """What a refresh did."""

    table: PriceTable
    """The new table."""
    changed: tuple[tuple[Price | None, Price], ...]
    """Old and new price, where they differ; no old one for a region that is new."""
    confirmed: tuple[Price, ...]
    """Those that AWS charges still."""
    kept: tuple[str, ...]
    """Those that were not found, each with the reason."""


def refresh_prices(
    table: PriceTable, region: str, client: httpx.Client, *, url: str = PRICE_LIST
) -> Refreshed:
    """Ask the AWS Price List for a region; raises Diagnostic where it does not answer: all of it, or nothing."""
    wanted = [price for price in table.prices if price.region == HOME_REGION]
    offers = {name: _offer(client, f"{url}/{name}/current/{region}/index.json") for name in _offers(wanted)}
    fresh: list[tuple[Price | None, Price]] = []
    kept: list[str] = []
    for row in wanted:
        found, reason = _found(row, offers.get(row.offer, {}), region)
        if found is None:
            kept.append(f"{row.key}: {reason}")
        else:
            fresh.append((table.find(row.key, region), found))
    if not fresh:
        raise Diagnostic(
            f"the AWS Price List has no prices for {region!r}",
            why=f"none of {len(wanted)} was found: is it a region?",
            next_step="python -m automation prices refresh --region eu-west-1",
            reference="prices-none",
        )
    return Refreshed(
        table=table.replaced(new for _, new in fresh),
        changed=tuple((old, new) for old, new in fresh if old is None or old.usd != new.usd),
        confirmed=tuple(new for old, new in fresh if old is not None and old.usd == new.usd),
        kept=tuple(kept),
    )


def _offers(rows: Iterable[Price]) -> list[str]:
    return sorted({row.offer for row in rows if row.offer})


def _offer(client: httpx.Client, url: str) -> Mapping[str, Any]:
    try:
        answer = client.get(url, timeout=TIMEOUT_SECONDS)
        if answer.status_code in {
            403,
            404,
        }:  # the file of a region that has no such service, or does not exist
            return {}
        answer.raise_for_status()
        offer = answer.json()
        if not isinstance(offer, Mapping):
            raise TypeError("the answer is no offer")
    except (httpx.HTTPError, ValueError, TypeError) as fault:
        raise Diagnostic(
            "the AWS Price List did not answer; the price table stays as it is",
            why=f"{url}: {str(fault) or type(fault).__name__}",
            next_step="check the network and its proxy, then: python -m automation prices refresh",
            reference="prices-unreachable",
        ) from fault
    return offer


def _found(row: Price, offer: Mapping[str, Any], region: str) -> tuple[Price | None, str]:
    if not row.offer:
        return None, "in no offer file that is asked for"
    try:
        return _read(row, offer, region)
    except (KeyError, TypeError, ValueError, AttributeError) as fault:
        return None, f"the offer can't be read: {fault!r}"


def _read(row: Price, offer: Mapping[str, Any], region: str) -> tuple[Price | None, str]:
    pattern = re.compile(_REGION_PREFIX + f"({row.usage_type})")
    skus = [
        sku for sku, product in offer.get("products", {}).items() if _is_meant(product, pattern, row, region)
    ]
    prices = {usd for sku in skus for usd in _first_tiers(offer, sku)}
    if len(prices) != 1:
        return (
            None,
            "not found in the offer" if not prices else f"{len(prices)} different prices in the offer",
        )
    published = _published(offer)
    source = f"AWS Price List, offer published {published.isoformat()}"
    return replace(row, region=region, usd=prices.pop(), as_of=published, source=source), ""


def _is_meant(product: Mapping[str, Any], pattern: re.Pattern[str], row: Price, region: str) -> bool:
    attributes = product.get("attributes", {})
    return (
        pattern.fullmatch(str(attributes.get("usagetype", ""))) is not None
        and attributes.get("regionCode", region) == region
        and row.family in {"", product.get("productFamily")}
    )


def _first_tiers(offer: Mapping[str, Any], sku: str) -> Iterable[float]:
    """Yield what the first unit costs that is not free: free tiers are an account's, not a service's."""
    for term in offer.get("terms", {}).get("OnDemand", {}).get(sku, {}).values():
        tiers = sorted(
            (float(tier.get("beginRange", 0)), float(tier["pricePerUnit"].get("USD", 0)))
            for tier in term["priceDimensions"].values()
        )
        yield from [usd for _, usd in tiers if usd > 0][:1]


def _published(offer: Mapping[str, Any]) -> date:
    return datetime.fromisoformat(str(offer["publicationDate"])).date()
