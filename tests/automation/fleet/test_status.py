"""When a fleet is as large as it was asked to be."""

from dataclasses import replace

import pytest

from tests.automation.cli.test_verification import GOOD


@pytest.mark.parametrize(
    ("running", "pending", "is_on_demand", "has_size"),
    [
        (2, 0, False, True),
        (1, 0, False, False),
        (2, 1, False, False),
        (0, 0, True, True),
        (2, 1, True, False),
    ],
)
def test_a_fleet_has_its_size_once_all_run_and_on_demand_once_its_settings_are_in_force(
    running, pending, is_on_demand, has_size
):
    observed = replace(GOOD, desired=2, running=running, pending=pending, is_on_demand=is_on_demand)
    assert observed.has_size is has_size
