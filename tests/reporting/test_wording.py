"""What is said in the same words everywhere."""

import pytest

from codeartifact_status.reporting.wording import as_typed

FLAGS = {name: f"--{name}" for name in ("session-policy", "role-chaining", "output")}
FLAGS["aws-region"] = "--region"


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("Look at `aws-region`.", "Look at `--region`."),
        ("Give `session-policy: none`.", "Give `--session-policy none`."),
        ("Add `role-chaining: true`.", "Add `--role-chaining`."),
        ("`id-token: write` and `environment`", "`id-token: write` and `environment`"),
        ("the output is not meant", "the output is not meant"),
        ("```yaml\noutput: text\n```", "```yaml\noutput: text\n```"),
        ("```output```", "```output```"),
    ],
)
def test_an_input_is_named_by_its_flag_where_flags_are_typed(text: str, typed: str) -> None:
    assert as_typed(text, FLAGS) == typed
    assert as_typed(text, {}) == text
