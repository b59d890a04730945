"""Which deployment a rollback goes back to."""

from dataclasses import replace

from automation.driver.good_deployments import GoodDeployment, to_go_back_to

FIRST = GoodDeployment(
    at="2026-11-20T10:00:00.000+00:00",
    by="ada@build-7",
    stack_file="config:\n  a: 1\n",
    commit="c" * 40,
    program_digest="p1",
    task_definition_arn="arn:task:1",
    image_digest="",
    image_tag="",
    state_version=3,
)
SECOND = replace(
    FIRST, at="2026-11-21T10:00:00.000+00:00", program_digest="p2", task_definition_arn="arn:task:2"
)


def test_where_nothing_proved_good_there_is_nothing_to_go_back_to() -> None:
    assert to_go_back_to((), running_task_definition="arn:task:2") is None


def test_from_what_did_not_prove_good_it_goes_to_the_newest_that_did() -> None:
    assert to_go_back_to((SECOND, FIRST), running_task_definition="arn:task:3") == SECOND


def test_from_what_proved_good_it_goes_to_the_one_before() -> None:
    assert to_go_back_to((SECOND, FIRST), running_task_definition="arn:task:2") == FIRST


def test_the_same_deployed_twice_is_no_way_back() -> None:
    again = replace(SECOND, at="2026-11-22T10:00:00.000+00:00")
    assert to_go_back_to((again, SECOND, FIRST), running_task_definition="arn:task:2") == FIRST
    assert to_go_back_to((again, SECOND), running_task_definition="arn:task:2") is None


def test_another_image_under_the_same_tag_is_another_deployment() -> None:
    assert replace(FIRST, image_digest="sha256:1").fingerprint != FIRST.fingerprint


def test_the_summary_leaves_out_the_file_which_may_hold_secrets_as_ciphertext() -> None:
    assert "stack_file" not in FIRST.summary()
