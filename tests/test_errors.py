"""Wrong inputs as they are named: one by one, and those of many entries together."""

import pytest

from codeartifact_status.errors import Problem, folded


@pytest.mark.parametrize(
    ("entries", "name"),
    [
        ((), "target-status"),
        ((3,), "packages, entry 3: target-status"),
        ((1, 2), "packages, entries 1 and 2: target-status"),
        ((1, 3, 7), "packages, entries 1, 3 and 7: target-status"),
        (tuple(range(1, 41)), "packages, entries 1 to 40: target-status"),
        ((1, 2, 3, 7, 9, 10), "packages, entries 1 to 3, 7, 9 and 10: target-status"),
        (tuple(range(1, 100, 2)),
         "packages, entries 1, 3, 5, 7, 9, 11, 13, 15 and 42 more: target-status"),
    ],
)  # fmt: skip
def test_a_problem_names_the_entries_that_it_is_in(entries: tuple[int, ...], name: str) -> None:
    assert Problem("target_status", "x", entries=entries).name == name


def test_a_problem_with_entries_as_a_whole_names_nothing_else() -> None:
    assert str(Problem("packages", "x", entries=(1, 2))) == "packages, entries 1 and 2: x"


def test_equal_problems_of_many_entries_are_one() -> None:
    problems = [
        Problem("format", "x", entries=(2,)),
        Problem("format", "y", entries=(2,)),
        Problem("domain", "x"),
        Problem("format", "x", entries=(1,)),
        Problem("format", "x", entries=(3,), missing=True),
    ]
    assert folded(problems) == [
        Problem("domain", "x"),
        Problem("format", "x", entries=(1, 2)),
        Problem("format", "y", entries=(2,)),
        Problem("format", "x", entries=(3,), missing=True),
    ]
