"""What a step changes."""

from automation.driver.differences import property_changes
from automation.driver.events import Step


def changes(before: dict, after: dict, diff: dict[str, str] | None = None):
    return property_changes(
        Step(urn="urn", type="aws:iam/role:Role", op="update", before=before, after=after, diff=diff or {})
    )


def test_only_what_differs_is_listed() -> None:
    found = changes({"name": "a", "size": 1}, {"name": "a", "size": 2})
    assert [(one.path, one.kind, one.before, one.after) for one in found] == [("size", "update", 1, 2)]


def test_a_policy_document_is_compared_as_json_and_not_as_text() -> None:
    before = {"policy": '{"Statement": [{"Action": "sqs:SendMessage", "Effect": "Allow"}]}'}
    after = {"policy": '{"Statement":[{"Effect":"Allow","Action":"sqs:ReceiveMessage"}]}'}
    found = changes(before, after)
    assert [one.path for one in found] == ["policy.Statement[0].Action"]


def test_the_same_document_in_another_spelling_is_no_change() -> None:
    assert changes({"policy": '{"a": 1, "b": 2}'}, {"policy": '{"b":2,"a":1}'}) == ()


def test_added_and_deleted_properties_say_so() -> None:
    found = changes({"old": 1}, {"new": 2})
    assert [(one.path, one.kind) for one in found] == [("new", "add"), ("old", "delete")]


def test_a_property_that_forces_a_replacement_is_marked() -> None:
    found = changes(
        {"name": "a", "size": 1}, {"name": "b", "size": 2}, {"name": "update-replace", "size": "update"}
    )
    assert {one.path: one.forces_replacement for one in found} == {"name": True, "size": False}


def test_lists_of_another_length_are_shown_whole() -> None:
    found = changes({"subnets": ["a"]}, {"subnets": ["a", "b"]})
    assert [(one.path, one.after) for one in found] == [("subnets", ["a", "b"])]
