"""What AWS charges: the dated table beside this file, read as data.

It lies with the components, for the program hands the price of a worker's hour to what meters the fleet; the driver estimates with
the same table. What is not in it has no price here: nobody guesses.
"""

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

PRICES_FILE = Path(__file__).with_name("prices.toml")
OLD_AFTER_DAYS = 90
"""A table older than this is said to be old."""
HOURS_A_MONTH = 730.0


@dataclass(frozen=True, kw_only=True)
class Price:
    """One price of one region."""

    key: str
    """Our name of what is charged."""
    region: str
    """AWS region."""
    usd: float
    """US dollars for one unit."""
    unit: str
    """What one unit is."""
    as_of: date
    """When AWS charged it, as far as the source knows."""
    source: str
    """Who says so."""
    offer: str = ""
    """Offer file of the AWS Price List; empty where a refresh can't find it there."""
    usage_type: str = ""
    """Pattern of its usage type there, without the prefix of the region."""
    family: str = ""
    """Product family there, where the usage type alone says too little."""


@dataclass(frozen=True, kw_only=True)
class PriceTable:
    """All prices that are known."""

    prices: tuple[Price, ...]
    """In the order of the file."""

    def find(self, key: str, region: str) -> Price | None:
        """Return a price; None where it is not known for this region."""
        return next((price for price in self.prices if price.key == key and price.region == region), None)

    def regions(self) -> tuple[str, ...]:
        """List the regions that have prices."""
        return tuple(dict.fromkeys(price.region for price in self.prices))

    def replaced(self, fresh: Iterable[Price]) -> "PriceTable":
        """Return the table with prices put in the place of those of the same key and region; new ones come last."""
        by_name = {(price.key, price.region): price for price in self.prices}
        return PriceTable(
            prices=tuple((by_name | {(price.key, price.region): price for price in fresh}).values())
        )


def read_prices(path: Path = PRICES_FILE) -> PriceTable:
    """Read a table; raises ValueError where the file is none."""
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))["price"]
        return PriceTable(prices=tuple(_price(row) for row in rows))
    except (tomllib.TOMLDecodeError, KeyError, TypeError) as fault:
        raise ValueError(f"{path.name} is no table of prices: {fault}") from fault


def write_prices(table: PriceTable, path: Path = PRICES_FILE) -> None:
    """Write a table under the words that head the file now; it is there whole, or as it was."""
    old = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    head = [line for line in old if line.startswith("#")]
    text = "\n".join([*head, "", *("\n".join(_lines(price)) + "\n" for price in table.prices)])
    beside = path.with_suffix(".new")
    beside.write_text(text, encoding="utf-8")
    beside.replace(path)


def _price(row: Mapping[str, Any]) -> Price:
    price = Price(**row)  # type errors name what is missing or unknown
    if not isinstance(price.usd, float | int) or price.usd < 0 or not isinstance(price.as_of, date):
        raise TypeError(f"{price.key} has no price or no date")
    return price


def _lines(price: Price) -> Iterable[str]:
    yield "[[price]]"
    for name, value in asdict(price).items():
        if value == "":
            continue
        if isinstance(value, float | int):
            yield f"{name} = {_plain(value)}"
        else:
            yield f"{name} = {value.isoformat() if isinstance(value, date) else json.dumps(value)}"


def _plain(usd: float) -> str:
    """Write a number without an exponent: people read this file."""
    text = f"{usd:.12f}".rstrip("0")
    return f"{text}0" if text.endswith(".") else text
