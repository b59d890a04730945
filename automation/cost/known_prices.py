"""The price table for commands: one that can't be read is told with the way out, and is no crash."""

from automation.errors import Diagnostic
from components.prices import PRICES_FILE, PriceTable, read_prices


def known_prices() -> PriceTable:
    """Read the table; raises Diagnostic where it is none."""
    try:
        return read_prices()
    except (OSError, ValueError) as fault:
        raise Diagnostic(
            "the price table can't be read",
            why=str(fault),
            next_step=f"git checkout components/{PRICES_FILE.name}, or correct it",
            reference="prices-unreadable",
        ) from fault
