"""What `jobs show` tells of a result."""

from automation.cli.job_result import told_of


def test_the_turns_of_the_engines_are_told_in_their_order_with_what_came_of_them():
    turns = [
        {
            "engine": "ollama",
            "model": "m:1b",
            "end": "nothing_kept",
            "asked": 3,
            "proposed": 9,
            "kept": 0,
            "seconds": 31.24,
        },
        {
            "engine": "builtin",
            "model": "b:1",
            "end": "proved",
            "asked": 1,
            "proposed": 40,
            "kept": 7,
            "seconds": 2.0,
        },
    ]
    told = told_of({"turns": turns, "engine": {"name": "builtin", "kind": "deterministic", "model": "b:1"}})
    assert told["engine"] == "builtin b:1"
    assert told["turns"] == (
        "ollama m:1b nothing_kept, asked 3 times: 0 of 9 tests in 31.2 s; builtin b:1 proved: 7 of 40 tests in 2.0 s"
    )


def test_it_is_told_whose_work_another_engine_did_and_what_the_memory_knew():
    told = told_of(
        {"fallback": {"wanted": "ollama m:1b", "used": "b", "reason": "404"}, "is_remembered": True}
    )
    assert told["instead of"] == "ollama m:1b: 404"
    assert told["remembered"] != ""


def test_a_result_of_an_older_worker_or_none_at_all_is_told_as_far_as_it_goes():
    assert set(told_of({}).values()) == {""}
    assert told_of({"explanation": "why", "tests": None, "turns": None})["explanation"] == "why"
