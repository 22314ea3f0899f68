"""The trust policy that the README tells to write, with tokens of both forms."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from harness.accounts import assume

README = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
BLOCKS = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", README, re.DOTALL)]
(TRUST,) = (block for block in BLOCKS if "AssumeRoleWithWebIdentity" in json.dumps(block))
(TAGS,) = (block for block in BLOCKS if "StringLike" in block)
RUN = {"repository": "my-org/my-repo", "repository_owner_id": "123456", "repository_id": "789012"}


def trusting(condition: Any) -> dict[str, Any]:
    (statement,) = TRUST["Statement"]
    return {**TRUST, "Statement": [{**statement, "Condition": condition}]}


@pytest.mark.parametrize("immutable", ["true", "false"])
@pytest.mark.parametrize(
    ("trust", "claims"),
    [
        (TRUST, {"environment": "release"}),
        (TRUST, {"environment": "rollback"}),
        (trusting(TAGS), {"ref": "refs/tags/v1.3.0"}),
    ],
    ids=["release", "rollback", "a tag"],
)
def test_what_the_readme_trusts_is_trusted_in_either_form(
    emulators: Callable[..., Emulator], immutable: str, trust: Any, claims: dict[str, str]
) -> None:
    emulator = emulators(
        seed={"oidc": {"immutable": immutable}, "roles": [{"name": "release", "trust": trust}]}
    )

    answer = assume(emulator, emulator.identity_token(**RUN, **claims))

    has_ids = "@123456" in answer["SubjectFromWebIdentityToken"]
    assert has_ids is (immutable == "true")


def test_the_page_on_troubles_is_linked() -> None:
    assert "(docs/troubleshooting.md)" in README
