"""Inputs in the environment of a job, read as the step reads them."""

from collections.abc import Mapping

import pytest

from codeartifact_status.inputs.reading import Step, read


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
