"""Names of kept Python tests have no gaps."""

from worker.domain.candidate import Candidate
from worker.languages.python_naming import name_explored, renumber


def candidate(name: str, oracle: str = "characterization") -> Candidate:
    return Candidate(name=name, code=f"def {name}():\n    assert {name!r}\n", oracle=oracle)


def names(*candidates: Candidate) -> list[str]:
    renamed = renumber(candidates)
    assert all(f"def {each.name}(" in each.code for each in renamed)
    assert len({each.name for each in renamed}) == len(renamed)
    return [each.name for each in renamed]


def test_what_was_found_is_named_after_its_target_and_counted() -> None:
    found: list[dict[str, object]] = [
        {"target": "A.go"},
        {"target": "A.go"},
        {"target": "A.go", "raises": True},
        {"target": "_x"},
    ]
    assert [test["name"] for test in name_explored(found)] == [
        "test_a_go_1",
        "test_a_go_2",
        "test_a_go_raises_1",
        "test_x_1",
    ]


def test_what_is_kept_is_counted_without_gaps() -> None:
    kept = (candidate("test_f_4"), candidate("test_g_9"), candidate("test_f_17", "docstring"))
    assert names(*kept) == ["test_f_1", "test_g_1", "test_f_2"]


def test_names_that_an_engine_chose_stay_and_are_not_taken() -> None:
    kept = (candidate("test_f_3"), candidate("test_f_1", "engine"), candidate("test_f_8"))
    assert names(*kept) == ["test_f_2", "test_f_1", "test_f_3"]


def test_a_number_that_is_part_of_a_name_stays() -> None:
    assert names(candidate("test_log_10_2"), candidate("test_log_10_5")) == ["test_log_10_1", "test_log_10_2"]
