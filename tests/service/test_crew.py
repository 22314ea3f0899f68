"""Work side by side."""

import threading

import pytest

from codeartifact_status.errors import Interrupted, NotPermitted
from codeartifact_status.service.crew import each

DENIED = NotPermitted(operation="ListPackages", resources=["repository/acme/a"], message="no")


def test_what_each_came_to_is_in_order() -> None:
    found = each(lambda one: one * 2, range(20), workers=4, stop=threading.Event())
    assert list(found.items()) == [(one, one * 2) for one in range(20)]


def test_nothing_is_begun_after_an_error_which_is_what_is_raised() -> None:
    begun: list[int] = []

    def job(one: int) -> int:
        begun.append(one)
        if one == 3:
            raise DENIED
        return one

    with pytest.raises(NotPermitted):
        each(job, range(1000), workers=2, stop=threading.Event())
    assert len(begun) < 1000


def test_a_step_that_is_stopped_has_no_answer() -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Interrupted):
        each(lambda one: one, [1], workers=1, stop=stop)
