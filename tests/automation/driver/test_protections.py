"""What keeps a stack from being destroyed, as its state says it."""

from automation.driver.protections import holders_of_data, protected_in

QUEUE = "aws:sqs/queue:Queue"
STATE = {
    "resources": [
        {"urn": "urn::queue", "type": "ddf:fleet:JobQueue", "custom": False, "protect": True},
        {"urn": "urn::normal", "type": QUEUE, "custom": True, "protect": True},
        {"urn": "urn::dlq", "type": QUEUE, "custom": True},
        {"urn": "urn::policy", "type": "aws:sqs/queuePolicy:QueuePolicy", "custom": True},
    ]
}


def test_what_pulumi_refuses_to_delete_is_named_without_its_components() -> None:
    assert protected_in(STATE) == ("normal",)


def test_what_holds_data_is_protected_and_nothing_else() -> None:
    assert holders_of_data(STATE) == ("urn::normal", "urn::dlq")


def test_an_empty_state_has_neither() -> None:
    assert (protected_in({}), holders_of_data({})) == ((), ())
