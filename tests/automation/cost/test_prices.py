"""The price table, and how it is brought up to date."""

import json
from datetime import date
from pathlib import Path

import httpx
import pytest

from automation.cost.charge_rules import RULES
from automation.cost.price_refresh import refresh_prices
from automation.errors import Diagnostic
from components.prices import Price, PriceTable, read_prices, write_prices

TABLE = read_prices()


def offer(*products: tuple[str, str, list[tuple[str, str]]]) -> dict:
    """An offer file as AWS shapes it: (usage type, family, tiers)."""
    return {
        "publicationDate": "2026-11-02T10:00:00Z",
        "products": {
            str(sku): {"productFamily": family, "attributes": {"usagetype": usage}}
            for sku, (usage, family, _) in enumerate(products)
        },
        "terms": {
            "OnDemand": {
                str(sku): {
                    f"{sku}.term": {
                        "priceDimensions": {
                            f"{sku}.{begin}": {"beginRange": begin, "pricePerUnit": {"USD": usd}}
                            for begin, usd in tiers
                        }
                    }
                }
                for sku, (_, _, tiers) in enumerate(products)
            }
        },
    }


OFFERS = {
    "AmazonECS": offer(
        ("EU-Fargate-vCPU-Hours:perCPU", "Compute", [("0", "0.0500000000")]),
        ("EU-Fargate-ARM-vCPU-Hours:perCPU", "Compute", [("0", "0.0400000000")]),
        ("EU-Fargate-Windows-vCPU-Hours:perCPU", "Compute", [("0", "0.0910000000")]),
        ("EU-Fargate-GB-Hours", "Compute", [("0", "0.0044450000")]),
    ),
    "AWSELB": offer(
        ("EU-LoadBalancerUsage", "Load Balancer", [("0", "0.0280000000")]),
        ("EU-LoadBalancerUsage", "Load Balancer-Application", [("0", "0.0252000000")]),
    ),
    "AmazonDynamoDB": offer(
        ("EU-TimedStorage-ByteHrs", "Database Storage", [("0", "0.0000000000"), ("25", "0.2830000000")])
    ),
    "AmazonSNS": offer(),
    "AmazonCloudWatch": offer(
        ("EU-CW:AlarmMonitorUsage", "Alarm", [("0", "0.1")]),
        ("EU-CW:AlarmMonitorUsage", "Alarm", [("0", "0.2")]),
    ),
}


def served(request: httpx.Request) -> httpx.Response:
    """The price list of one region."""
    name, region = request.url.path.split("/")[-4], request.url.path.split("/")[-2]
    if region != "eu-west-1" or name not in OFFERS:
        return httpx.Response(404)
    return httpx.Response(200, text=json.dumps(OFFERS[name]))


def client(handler=served) -> httpx.Client:
    return httpx.Client(transport=httpx.MockTransport(handler))


def test_every_price_has_a_date_a_source_and_a_unit():
    for price in TABLE.prices:
        assert price.as_of >= date(2022, 1, 1)
        assert len(price.source) > 10
        assert price.unit
    names = [(price.key, price.region) for price in TABLE.prices]
    assert len(names) == len(set(names))


def test_the_table_is_written_as_it_was_read(tmp_path: Path):
    copy = tmp_path / "prices.toml"
    write_prices(TABLE, copy)
    assert read_prices(copy) == TABLE
    assert "e-" not in "".join(line for line in copy.read_text().splitlines() if line.startswith("usd"))


@pytest.mark.parametrize("text", ["nonsense", "[[price]]\nkey = 1", '[[cost]]\nkey = "x"', ""])
def test_a_file_that_is_no_table_is_said_to_be_none(tmp_path: Path, text: str):
    path = tmp_path / "prices.toml"
    path.write_text(text)
    with pytest.raises(ValueError, match="no table of prices"):
        read_prices(path)


def test_a_refresh_takes_a_region_from_the_price_list_and_leaves_other_regions_alone():
    done = refresh_prices(TABLE, "eu-west-1", client())
    found = done.table.find("fargate_vcpu_hour.x86_64", "eu-west-1")
    assert found is not None
    assert (found.usd, found.as_of, found.source) == (
        0.05,
        date(2026, 11, 2),
        "AWS Price List, offer published 2026-11-02",
    )
    assert done.table.find("fargate_vcpu_hour.x86_64", "us-east-1") == TABLE.find(
        "fargate_vcpu_hour.x86_64", "us-east-1"
    )


def test_neither_arm_nor_windows_nor_the_classic_load_balancer_is_taken_for_another():
    done = refresh_prices(TABLE, "eu-west-1", client())
    found = {new.key: new.usd for _, new in done.changed}
    assert found["fargate_vcpu_hour.arm64"] == 0.04
    assert found["alb_hour"] == 0.0252


def test_a_free_tier_is_not_taken_for_the_price():
    done = refresh_prices(TABLE, "eu-west-1", client())
    assert {new.key: new.usd for _, new in done.changed}["dynamodb_gb_month"] == 0.283


def test_what_is_not_found_or_found_twice_keeps_its_price_and_is_named():
    done = refresh_prices(TABLE, "eu-west-1", client())
    kept = "\n".join(done.kept)
    assert "alarm_month: 2 different prices" in kept
    assert "sqs_request: not found" in kept
    assert "fargate_spot_vcpu_hour.x86_64: in no offer file" in kept
    assert done.table.find("alarm_month", "eu-west-1") is None


def test_a_second_refresh_changes_nothing():
    once = refresh_prices(TABLE, "eu-west-1", client())
    again = refresh_prices(once.table, "eu-west-1", client())
    assert again.changed == ()
    assert len(again.confirmed) == len(once.changed)
    assert again.table == once.table


def test_without_a_network_the_refresh_says_so_and_there_is_no_new_table():
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route to host", request=request)

    with pytest.raises(Diagnostic, match="stays as it is") as caught:
        refresh_prices(TABLE, "us-east-1", client(refuse))
    assert caught.value.reference == "prices-unreachable"
    assert "no route to host" in caught.value.why


@pytest.mark.parametrize("body", ["<html>blocked</html>", "[]", "null"])
def test_an_answer_that_is_no_offer_changes_nothing(body: str):
    with pytest.raises(Diagnostic, match="stays as it is"):
        refresh_prices(TABLE, "us-east-1", client(lambda _: httpx.Response(200, text=body)))


def test_an_offer_of_another_shape_is_told_row_by_row():
    odd = {
        "products": {"1": {"attributes": {"usagetype": "Fargate-GB-Hours"}}},
        "terms": {"OnDemand": {"1": []}},
    }
    with pytest.raises(Diagnostic, match="no prices for 'us-east-1'"):
        refresh_prices(TABLE, "us-east-1", client(lambda _: httpx.Response(200, text=json.dumps(odd))))


def test_a_region_that_does_not_exist_is_said_to_have_no_prices():
    with pytest.raises(Diagnostic, match="no prices for 'mars-north-1'"):
        refresh_prices(TABLE, "mars-north-1", client())


def test_a_new_price_takes_the_place_of_the_old_one():
    old = Price(key="k", region="r", usd=1.0, unit="u", as_of=date(2026, 1, 1), source="somebody")
    new = Price(key="k", region="r", usd=2.0, unit="u", as_of=date(2026, 2, 1), source="somebody")
    assert PriceTable(prices=(old,)).replaced([new]).prices == (new,)


def test_every_rule_is_for_a_type_of_aws():
    assert all(token.startswith("aws:") and token.count(":") == 2 for token in RULES)
