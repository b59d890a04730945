"""What each delivery asks for, and why most ask for nothing."""

import pytest

from tests.fakes.ingress import RULES
from tests.worker.ingress import payloads as some
from worker.domain.forge import COMMENTS_BEGIN
from worker.domain.job import JobKind
from worker.domain.reply import VERB, Reply, Topic
from worker.ingress.commands import Command, NotUnderstood, Verb, command_in
from worker.ingress.decisions import Ignored, Requested, Rules, Said
from worker.ingress.deliveries import decide


def decided(event, payload, rules=RULES):
    return decide(event, payload, rules, delivery=some.DELIVERY)


@pytest.mark.parametrize("action", ["opened", "synchronize", "reopened", "ready_for_review"])
def test_a_pull_request_asks_for_tests_of_what_it_changes(action):
    found = decided("pull_request", some.pull_request(action))
    assert isinstance(found, Requested)
    assert found.kind is JobKind.TEST
    origin = found.origin
    assert (origin.repository, origin.sha, origin.base_sha) == ("octo-org/hello", some.SHA, some.BASE)
    assert (origin.ref, origin.base_ref, origin.pull_request) == ("feature", "main", 7)
    assert (origin.installation, origin.asked_by) == (9, "octocat")
    assert (origin.event, origin.delivery) == (f"pull_request.{action}", some.DELIVERY)


def test_a_push_to_the_default_branch_asks_for_tests_of_what_came():
    found = decided("push", some.push())
    assert isinstance(found, Requested)
    assert (found.kind, found.origin.base_sha, found.origin.ref) == (JobKind.TEST, some.BASE, "main")
    first = decided("push", some.push(before="0" * 40))
    assert isinstance(first, Requested)
    assert first.origin.base_sha == ""


@pytest.mark.parametrize("conclusion", ["failure", "timed_out"])
def test_a_workflow_run_that_failed_asks_for_a_fix_by_its_log(conclusion):
    found = decided("workflow_run", some.workflow_run(conclusion))
    assert isinstance(found, Requested)
    assert (found.kind, found.origin.run_id, found.origin.pull_request) == (JobKind.FIX, 31, 7)


def test_a_check_of_another_app_that_failed_asks_for_a_fix():
    found = decided("check_run", some.check_run())
    assert isinstance(found, Requested)
    assert (found.kind, found.origin.check_run_id) == (JobKind.FIX, 41)


def test_people_ask_again_on_our_own_checks():
    again = decided("check_run", some.check_run("rerequested", app="our-fleet"))
    assert isinstance(again, Requested)
    assert again.kind is JobKind.TEST
    fix = some.check_run("requested_action", app="our-fleet", requested_action={"identifier": "fix"})
    asked = decided("check_run", fix)
    assert isinstance(asked, Requested)
    assert asked.kind is JobKind.FIX
    suite = decided("check_suite", some.check_suite())
    assert isinstance(suite, Requested)
    assert suite.kind is JobKind.TEST


@pytest.mark.parametrize("by", ["OWNER", "MEMBER", "COLLABORATOR"])
def test_a_maintainers_word_starts_work_also_on_a_commit_of_a_fork_that_they_name(by):
    found = decided("issue_comment", some.comment(f"looks good\n/fleet test {some.SHA}\n", by=by))
    assert isinstance(found, Requested)
    assert (found.kind, found.origin.sha, found.origin.pull_request) == (JobKind.TEST, some.SHA, 7)
    assert (found.origin.comment_id, found.origin.asked_by) == (51, "octocat")
    fix = decided("issue_comment", some.comment("/fleet fix", by=by))
    assert isinstance(fix, Requested)
    assert (fix.kind, fix.origin.sha) == (JobKind.FIX, "")
    assert fix.priority > found.priority - 1 >= 4  # somebody waits: the high lane


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("/fleet help", "/fleet test"),
        ("/fleet", "/fleet test"),
        ("/fleet dance", "no command"),
        ("/fleet test a b", "Only"),
        ("/fleet fix main", "commit"),
    ],
)
def test_whoever_speaks_to_the_fleet_is_told_what_it_knows(body, said):
    found = decided("issue_comment", some.comment(body))
    assert isinstance(found, Said)
    assert said.lower() in found.reply.text.lower()
    assert (found.repository, found.reply.issue) == ("octo-org/hello", 7)
    assert not found.is_said_once


def test_a_command_on_an_issue_is_told_where_it_works():
    found = decided("issue_comment", some.comment("/fleet test", on_pull_request=False))
    assert isinstance(found, Said)
    assert "pull requests" in found.reply.text


def test_a_command_on_a_closed_pull_request_is_told_that_it_is_closed():
    found = decided("issue_comment", some.comment("/fleet fix", state="closed"))
    assert isinstance(found, Said)
    assert "`/fleet fix` works on open pull requests" in found.reply.text


@pytest.mark.parametrize("by", ["NONE", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "", "MANNEQUIN"])
def test_only_the_author_of_an_open_pull_request_is_told_who_may_ask(by):
    own = {"author": some.USER, "by": by}
    found = decided("issue_comment", some.comment("/fleet test", **own))
    assert isinstance(found, Said)
    assert found.is_said_once
    assert "owner, a member or a collaborator" in found.reply.text
    for unheard in (
        some.comment("/fleet test", by=by),
        some.comment("/fleet test", by=by, author={"login": "somebody-else"}),
        some.comment("/fleet test", state="closed", **own),
        some.comment("/fleet test", on_pull_request=False, **own),
        some.comment("hello /fleet test", **own),
    ):
        assert isinstance(decided("issue_comment", unheard), Ignored)


def test_what_we_wrote_is_not_heard_whoevers_token_it_was_written_by():
    body = f"{COMMENTS_BEGIN}reply -->\n/fleet test"
    found = decided("issue_comment", some.comment(body, by="OWNER"))
    assert isinstance(found, Ignored)
    assert "fleet itself" in found.reason


@pytest.mark.parametrize("topic", Topic)
def test_no_answer_of_ours_is_a_command(topic):
    assert command_in(Reply(topic=topic, issue=1, verb="fix").text) is None


@pytest.mark.parametrize("word", ["@octo-org/all", "`x`", "<!--", "[a](http://x)", "ü" * 99, "{0}", "\u202e"])
def test_a_word_that_somebody_sent_is_repeated_without_anything_that_does_something(word):
    found = decided("issue_comment", some.comment(f"/fleet {word}"))
    assert isinstance(found, Said)
    assert VERB.fullmatch(found.reply.verb)
    assert f"`{found.reply.verb}` is no command" in found.reply.text


IGNORED = {
    "a draft": ("pull_request", some.pull_request(draft=True), "draft"),
    "a fork": ("pull_request", some.pull_request(head="evil/hello"), "fork"),
    "a fork that is gone": ("pull_request", some.pull_request(head=None), "fork"),
    "a bot's pull request": ("pull_request", some.pull_request(user=some.BOT), "bot"),
    "a bot's push to a pull request": (
        "pull_request",
        some.pull_request("synchronize", sender=some.BOT),
        "bot",
    ),
    "our own pull request": ("pull_request", some.pull_request(ref="fleet/fix-12345678"), "fleet itself"),
    "a closed pull request": ("pull_request", some.pull_request("closed"), "nothing new"),
    "a tag": ("push", some.push("refs/tags/v1"), "tag"),
    "a removed branch": ("push", some.push(after="0" * 40, deleted=True), "removes"),
    "another branch": ("push", some.push("refs/heads/feature"), "default"),
    "our own push": ("push", some.push("refs/heads/fleet/fix-1"), "fleet itself"),
    "a bot's push": ("push", some.push(sender=some.BOT), "bot"),
    "success": ("workflow_run", some.workflow_run("success"), "nothing failed"),
    "a fork's run": ("workflow_run", some.workflow_run(head="evil/hello"), "fork"),
    "our own branch's run": ("workflow_run", some.workflow_run(branch="fleet/fix-1"), "fleet itself"),
    "a bot's run": ("workflow_run", some.workflow_run(actor=some.BOT), "bot"),
    "Actions' check": ("check_run", some.check_run(app="github-actions"), "workflow run is heard"),
    "a fork's check": ("check_run", some.check_run(forked=True), "fork"),
    "a check without branch": ("check_run", some.check_run(branch=None), "fork"),
    "our own failed check": ("check_run", some.check_run(app="our-fleet"), "nobody asked"),
    "a bot that asks again": (
        "check_run",
        some.check_run("rerequested", app="our-fleet", sender=some.BOT),
        "nobody asked",
    ),
    "a suite": ("check_suite", some.check_suite("completed"), "heard"),
    "another app's suite": ("check_suite", some.check_suite(app="x"), "heard"),
    "a stranger": ("issue_comment", some.comment("/fleet test", by="CONTRIBUTOR"), "no owner"),
    "nobody": ("issue_comment", some.comment("/fleet test", by="NONE"), "no owner"),
    "a bot's comment": ("issue_comment", some.comment("/fleet test", user=some.BOT), "bot"),
    "an app's comment": ("issue_comment", some.comment("/fleet test", app={"id": 1}), "bot"),
    "an edit": ("issue_comment", some.comment("/fleet test", action="edited"), "edited"),
    "talk": ("issue_comment", some.comment("the /fleet test is nice"), "does not speak"),
    "ping": ("ping", {"zen": "x"}, "reaches"),
    "installation": ("installation", {"action": "created"}, "list"),
    "another event": ("star", some.common(action="created"), "star is no event"),
}


@pytest.mark.parametrize("name", IGNORED)
def test_ignored_with_its_reason(name):
    event, payload, reason = IGNORED[name]
    found = decided(event, payload)
    assert isinstance(found, Ignored), found
    assert reason in found.reason


@pytest.mark.parametrize("listed", [(), ("octo-org/other",), ("octo-org",), ("*",), ("octo-org/hell",)])
def test_only_repositories_on_the_list_are_served(listed):
    found = decided("push", some.push(), Rules(repositories=listed))
    assert isinstance(found, Ignored)
    assert "octo-org/hello" in found.reason


def test_the_list_takes_names_in_any_case():
    assert isinstance(decided("push", some.push(), Rules(repositories=("Octo-Org/Hello",))), Requested)


HOSTILE = [
    None,
    7,
    "x",
    [],
    {},
    {"full_name": ["octo-org/hello"]},
    "../..",
    "\ud800",
    {"login": {"a": 1}},
    True,
    -1,
    2**70,
]


@pytest.mark.parametrize(
    "event", ["pull_request", "push", "workflow_run", "check_run", "check_suite", "issue_comment"]
)
def test_a_payload_with_anything_in_the_place_of_anything_is_ignored_or_made_of_checked_parts(event):
    good = {
        "pull_request": some.pull_request(),
        "push": some.push(),
        "workflow_run": some.workflow_run(),
        "check_run": some.check_run(),
        "check_suite": some.check_suite(),
        "issue_comment": some.comment("/fleet test"),
    }[event]
    for value in HOSTILE:
        for mutant in every_mutant(good, value):
            found = decided(event, mutant)
            if isinstance(found, Requested):
                assert found.origin.repository == "octo-org/hello"
                assert found.origin.clone_url.startswith("https://")
            else:
                assert isinstance(found, Said) or found.reason.isprintable()


def every_mutant(payload, value):
    for name, held in payload.items():
        yield {**payload, name: value}
        if isinstance(held, dict):
            for inner in every_mutant(held, value):
                yield {**payload, name: inner}


def test_commands_are_not_found_in_quotes_and_code():
    assert command_in("> /fleet test") is None
    assert command_in("```\n/fleet test\n```\n") is None
    assert command_in("```\n/fleet test\n```\n/fleet fix") == Command(verb=Verb.FIX)
    assert command_in("/fleetwood test") is None
    assert command_in("    /fleet test") is None
    assert command_in("/Fleet TEST".lower()) == Command(verb=Verb.TEST)
    assert command_in("/fleet test\r\nthanks") == Command(verb=Verb.TEST)


def test_what_is_said_back_can_neither_mention_nor_link():
    found = command_in("/fleet @everyone`[x](http://evil)`")
    assert isinstance(found, NotUnderstood)
    assert found.verb.startswith("?everyone?")
    assert VERB.fullmatch(found.verb)
