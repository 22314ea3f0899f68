"""The policies that the README tells to write: tokens of both forms, domains of other accounts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codeartifact_emulator import Emulator
from harness.accounts import assume
from harness.acting import Act
from harness.examples import README, role_blocks
from harness.runs import CORE

TRUST, TAGS, PERMISSIONS, OF_A_REPOSITORY = role_blocks()
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


# --- A domain of another account. ----------------------------------------------------------------

OTHER = "444455556666"


@pytest.fixture
def of_another(emulators: Callable[..., Emulator], tmp_path: Path) -> Callable[..., Any]:
    """Promotes in a domain of another account, with these policies of it and of its repository."""

    def promote(*, domain: Any = None, repository: Any = None) -> tuple[int, dict[str, str]]:
        (allowed,) = PERMISSIONS["Statement"]
        here = {**allowed, "Resource": allowed["Resource"].replace("111122223333", OTHER)}
        role = {"name": "release", "trust": TRUST, "policy": {**PERMISSIONS, "Statement": [here]}}
        acme = {
            "owner": OTHER,
            "policy": domain,
            "repositories": {"npm-store": {"policy": repository}},
        }
        emulator = emulators(seed={"roles": [role], "domains": {"acme": acme}})
        place = {**CORE, "domain_owner": OTHER, "version": "1.3.0"}
        emulator.store.put(**place, status="Unlisted")
        claims = {**RUN, "environment": "release"}
        done = Act(emulator, tmp_path)(claims=claims, domain_owner=OTHER, versions="1.3.0")
        held = emulator.store.snapshot().items()
        return done.exit_code, {place[-1]: status for place, (status, _) in held}

    return promote


@pytest.mark.parametrize("of", ["repository", "domain"])
def test_a_domain_of_another_account_opens_by_a_policy_there(
    of_another: Callable[..., Any], of: str
) -> None:
    assert of_another(**{of: OF_A_REPOSITORY}) == (0, {"1.3.0": "Published"})


def test_without_a_policy_there_it_stays_closed(of_another: Callable[..., Any]) -> None:
    exit_code, held = of_another()

    assert exit_code != 0
    assert held == {"1.3.0": "Unlisted"}
