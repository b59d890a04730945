"""Two patches as one."""

from hypothesis import given
from hypothesis import strategies as st

from worker.domain.joining import both, in_turn, rebased
from worker.domain.patch import Edit, Patch, PatchOrigin

TEXT = "".join(f"line {number}\n" for number in range(12))


def patch(*edits: tuple[int, int, str], cost: float = 1.0, costs: tuple[float, ...] = ()) -> Patch:
    return Patch(
        edits=tuple(Edit(start=start, end=end, text=text) for start, end, text in edits),
        origin=PatchOrigin.BUILTIN,
        operator="word",
        description="told",
        cost=cost,
        costs=costs,
    )


@st.composite
def patches(draw: st.DrawFn, size: int) -> Patch:
    places = sorted(draw(st.lists(st.integers(0, size), min_size=2, max_size=6, unique=True)))
    pairs = list(zip(places[::2], places[1::2], strict=False))
    return patch(*((start, end, draw(st.text("ab\n", max_size=9))) for start, end in pairs))


@given(st.data())
def test_one_on_top_of_the_other_comes_to_what_both_make_in_turn(data: st.DataObject) -> None:
    first = data.draw(patches(len(TEXT)))
    changed = first.applied_to(TEXT)
    second = data.draw(patches(len(changed)))
    wanted = second.applied_to(changed)
    assert in_turn(TEXT, first, second).applied_to(TEXT) == wanted
    alone = rebased(second, first)
    if alone is not None:
        whole = both(first, alone)
        assert whole is None or whole.applied_to(TEXT) == wanted


def test_what_stands_behind_a_longer_text_is_moved_back() -> None:
    first, second = patch((0, 4, "longer word")), patch((24, 30, "x"))
    alone = rebased(second, first)
    assert alone is not None
    whole = both(first, alone)
    assert whole is not None
    assert whole.applied_to(TEXT) == second.applied_to(first.applied_to(TEXT))


def test_patches_of_the_same_place_are_not_joined() -> None:
    assert rebased(patch((0, 1, "x")), patch((0, 3, "y"))) is None
    assert both(patch((0, 3, "y")), patch((2, 4, "x"))) is None


def test_each_change_keeps_its_cost() -> None:
    whole = both(patch((0, 1, "x"), cost=2.0, costs=(0.5, 1.5)), patch((9, 9, "y"), cost=3.0))
    assert whole is not None
    assert (whole.cost, whole.costs, whole.faults) == (5.0, (0.5, 1.5, 3.0), 3)
