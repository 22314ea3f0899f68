"""Inputs in the environment of a job, read as the step reads them."""

import contextlib
import os
import re
from collections.abc import Iterator, Mapping

import pytest

from codeartifact_status.inputs.reading import Step, read


@contextlib.contextmanager
def environment(**variables: str) -> Iterator[None]:
    """These variables, and none of ours that has a say in inputs, identity or connection."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if re.match("AWS_|INPUT_|.*_proxy$", name, re.IGNORECASE):
                patch.delenv(name)
        for name, value in variables.items():
            patch.setenv(name, value)
        yield


def read_inputs(given: Mapping[str, str | None], *, ref: str = "") -> Step:
    """What was read of inputs by the names that a workflow gives them; None leaves one out.

    Raises:
        InputError: with all that is wrong with them.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name, value in given.items():
            if value is not None:
                patch.setenv(f"INPUT_{name.upper().replace('_', '-')}", value)
        step = read(None, ref=ref)
    step.check()
    return step
