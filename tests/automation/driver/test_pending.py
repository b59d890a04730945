"""What an interrupted operation left half done, and the state after it is settled."""

import json
from pathlib import Path
from typing import Any

import pytest

from automation.driver.pending import (
    Found,
    PendingOperation,
    Settled,
    Settlement,
    ids_in,
    pending_of,
    settled_state,
)
from automation.driver.recovery import decide
from automation.errors import UsageFault

STATE: dict[str, Any] = json.loads((Path(__file__).parent / "interrupted_state.json").read_text())
"""What Pulumi 3.258 left when it was killed in the middle of a deployment, cut down to what matters."""


def no_cloud(service: str) -> Any:
    raise AssertionError(f"{service} was asked")


def by_name(name: str) -> PendingOperation:
    return next(one for one in pending_of(STATE) if one.name == name)


def settled(name: str, settlement: Settlement, found: Found | None = None) -> Settled:
    return Settled(operation=by_name(name), settlement=settlement, reason="", found=found)


def urns(state: dict[str, Any]) -> list[str]:
    return [one["urn"].rsplit("::", 1)[-1] for one in state["resources"]]


def test_a_state_without_interruption_has_nothing_pending() -> None:
    assert pending_of({"resources": []}) == ()
    assert decide({"resources": []}, no_cloud) == ()


def test_each_pending_operation_is_read_with_what_was_asked_for() -> None:
    found = {one.name: one.kind for one in pending_of(STATE)}
    assert found == {
        "network-public-0": "creating",
        "artifacts-encryption": "creating",
        "network-routes": "updating",
    }
    assert by_name("network-public-0").inputs["tags"]["Name"].endswith("-public-0")


def test_what_was_made_becomes_a_resource_with_its_id_and_keeps_its_parent_and_provider() -> None:
    state = settled_state(
        STATE, [settled("network-public-0", Settlement.IMPORT, Found(resource_id="subnet-1"))]
    )
    made = state["resources"][-1]
    assert (made["id"], made["outputs"]["id"], made["custom"]) == ("subnet-1", "subnet-1", True)
    assert made["parent"] == by_name("network-public-0").record["parent"]
    assert made["provider"] == by_name("network-public-0").record["provider"]
    assert made["outputs"]["cidrBlock"] == made["inputs"]["cidrBlock"]
    assert "__defaults" not in made["outputs"]
    assert [one["resource"]["urn"].rsplit("::", 1)[-1] for one in state["pending_operations"]] == [
        "artifacts-encryption",
        "network-routes",
    ]


def test_from_the_id_of_an_import_the_provider_reads_all_the_rest() -> None:
    found = Found(resource_id="subnet-1", is_import_id=True)
    assert (
        settled_state(STATE, [settled("network-public-0", Settlement.IMPORT, found)])["resources"][-1][
            "outputs"
        ]
        == {}
    )


def test_what_was_never_made_is_forgotten() -> None:
    state = settled_state(STATE, [settled(one.name, Settlement.CLEAR) for one in pending_of(STATE)])
    assert state["pending_operations"] == []
    assert urns(state) == urns(STATE)


def test_what_nobody_can_tell_stays_pending() -> None:
    state = settled_state(STATE, [settled(one.name, Settlement.UNDECIDED) for one in pending_of(STATE)])
    assert state["pending_operations"] == STATE["pending_operations"]


def replaced(**old: Any) -> dict[str, Any]:
    """A state in which the pending subnet is the successor of one that is still there."""
    record = {**by_name("network-public-0").record, "id": "subnet-old", **old}
    return {**STATE, "resources": [*STATE["resources"][:2], record, *STATE["resources"][2:]]}


def test_a_replacement_that_was_made_takes_the_place_of_the_old_one_which_is_deleted_later() -> None:
    state = settled_state(
        replaced(), [settled("network-public-0", Settlement.IMPORT, Found(resource_id="new"))]
    )
    pair = [
        (one["id"], one.get("delete", False)) for one in state["resources"] if one["urn"].endswith("public-0")
    ]
    assert pair == [("new", False), ("subnet-old", True)]


def test_a_replacement_of_one_that_is_deleted_already_stands_alone() -> None:
    state = settled_state(
        replaced(pendingReplacement=True),
        [settled("network-public-0", Settlement.IMPORT, Found(resource_id="new"))],
    )
    assert [one["id"] for one in state["resources"] if one["urn"].endswith("public-0")] == ["new"]


def test_ids_and_arns_of_the_state_are_known_by_their_type() -> None:
    state = {
        "resources": [
            {"type": "t", "id": "a", "outputs": {"arn": "arn:a"}},
            {"type": "t", "urn": "x"},
            {"type": "u", "id": "b", "outputs": None},
        ]
    }
    assert ids_in(state, "t") == {"a", "arn:a"}
    assert ids_in(state, "u") == {"b"}


def test_what_may_be_made_twice_and_what_the_state_knows_needs_no_look_into_the_cloud() -> None:
    only = {
        **STATE,
        "pending_operations": [one for one in STATE["pending_operations"] if "public-0" not in str(one)],
    }
    assert [(one.operation.name, one.settlement) for one in decide(only, no_cloud)] == [
        ("artifacts-encryption", Settlement.CLEAR),
        ("network-routes", Settlement.READ),
    ]


def test_an_id_that_was_noted_needs_no_look_into_the_cloud() -> None:
    noted = {"type": "creating", "resource": {**by_name("network-public-0").record, "id": "subnet-9"}}
    (one,) = decide({**STATE, "pending_operations": [noted]}, no_cloud)
    assert (one.settlement, one.found and one.found.resource_id) == (Settlement.IMPORT, "subnet-9")


def test_the_word_of_a_person_comes_first() -> None:
    wishes = {"network-public-0": "subnet-7"}
    decided = decide(STATE, no_cloud, imports=wishes, clears=frozenset({"artifacts-encryption"}))
    assert decided[0].found == Found(resource_id="subnet-7", is_import_id=True)
    assert {one.settlement for one in decided[1:]} == {Settlement.CLEAR, Settlement.READ}


def test_a_word_about_nothing_that_is_pending_is_refused() -> None:
    with pytest.raises(UsageFault, match="nothing is pending under network-vpc"):
        decide(STATE, no_cloud, imports={"network-vpc": "vpc-1"})


def test_a_component_is_nothing_in_the_cloud_and_nobody_is_asked_about_it() -> None:
    urn = "urn:pulumi:local::project::ddf:fleet:Alarms::alarms"
    alarms = {"type": "creating", "resource": {"urn": urn, "type": "ddf:fleet:Alarms", "custom": False}}
    (one,) = decide({"resources": [], "pending_operations": [alarms]}, no_cloud)
    assert one.settlement is Settlement.CLEAR
    assert "component" in one.reason
