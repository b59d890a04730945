"""Where a check run's annotations stand."""

import pytest

from worker.domain.patch import unified_diff
from worker.repository.describing import patched_lines

TEXT = "".join(f"line {number}\n" for number in range(1, 21))


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        (TEXT.replace("line 3\n", "line three\n"), [(3, 3)]),
        (TEXT.replace("line 3\nline 4\n", "both\n"), [(3, 4)]),
        (TEXT.replace("line 3\n", "line 3\nmore\n"), [(3, 3)]),
        (TEXT.replace("line 1\n", "first\nline 1\n", 1), [(1, 1)]),
        (TEXT.replace("line 2\n", "two\n").replace("line 18\n", ""), [(2, 2), (18, 18)]),
        (TEXT.replace("line 5\n", "five\n").replace("line 8\n", "--- eight\n"), [(5, 5), (8, 8)]),
        (TEXT + "without an end", [(20, 20)]),
    ],
)
def test_annotations_stand_at_the_lines_that_change(changed, lines):
    assert patched_lines(unified_diff(TEXT, changed, "a.py")) == lines
