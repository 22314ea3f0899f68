"""The statement for a trust policy, made of a token's claims."""

from typing import Any

import pytest

from codeartifact_status.arns import RoleArn
from codeartifact_status.remedies.trust import subjects, trusting
from harness.runs import ROLE

GITHUB = "https://token.actions.githubusercontent.com"
IDS = {"repository_id": "789012", "repository_owner_id": "123456"}


def statement(sub: str | None, **claims: Any) -> dict[str, Any] | None:
    told = {"iss": GITHUB, "aud": "sts.amazonaws.com", "sub": sub, **claims}
    return trusting(RoleArn.parse(ROLE), told)


def condition(sub: str, **claims: Any) -> Any:
    found = statement(sub, **claims)
    assert found is not None
    return found["Condition"]


def test_a_token_in_the_old_form_gets_both_forms() -> None:
    assert condition("repo:acme/widgets:environment:release", **IDS) == {
        "StringEquals": {
            "token.actions.githubusercontent.com:aud": "sts.amazonaws.com",
            "token.actions.githubusercontent.com:sub": [
                "repo:acme/widgets:environment:release",
                "repo:acme@123456/widgets@789012:environment:release",
            ],
        }
    }


def test_an_immutable_one_gets_its_own() -> None:
    sub = "repo:acme@123456/widgets@789012:environment:release"

    (test,) = condition(sub, **IDS).values()
    assert test["token.actions.githubusercontent.com:sub"] == sub


def test_an_enterprise_server_has_only_the_old_form() -> None:
    claims = {"iss": "https://git.example/_services/token", "sub": "repo:a/b:environment:c", **IDS}

    assert subjects(claims) == ["repo:a/b:environment:c"]


@pytest.mark.parametrize(
    ("sub", "lasting"),
    [
        ("repo:a/b:ref:refs/tags/v1.3.0", "repo:a/b:ref:refs/tags/v*"),
        ("repo:a/b:ref:refs/tags/@acme/core@1.3.0", "repo:a/b:ref:refs/tags/@acme/core@*"),
        ("repo:a/b:ref:refs/tags/latest", "repo:a/b:ref:refs/tags/latest"),
        ("repo:a/b:ref:refs/heads/main", "repo:a/b:ref:refs/heads/main"),
        ("repo:a/b:ref:refs/heads/v2", "repo:a/b:ref:refs/heads/v2"),
        ("repo:a@1/b@2:ref:refs/tags/v1.3.0", "repo:a@1/b@2:ref:refs/tags/v*"),
        ("project_path:a/b:ref_type:tag:ref:v1.3.0", "project_path:a/b:ref_type:tag:ref:v*"),
        ("project_path:a/b:ref_type:branch:ref:main", "project_path:a/b:ref_type:branch:ref:main"),
        (
            "organization:a:pipeline:b:ref:refs/tags/v1.3.0:commit:0123abc:step:promote",
            "organization:a:pipeline:b:ref:refs/tags/v*",
        ),
        (
            "organization:a:pipeline:b:ref:refs/heads/main:commit:0123abc:step:promote",
            "organization:a:pipeline:b:ref:refs/heads/main:commit:*",
        ),
        ("org/a/project/b/user/c", "org/a/project/b/user/*"),
    ],
)
def test_what_is_of_one_run_only_becomes_a_pattern(sub: str, lasting: str) -> None:
    found = condition(sub)

    test = "StringEquals" if sub == lasting else "StringLike"
    assert found[test]["token.actions.githubusercontent.com:sub"] == lasting
    assert found["StringEquals"]["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"


def test_a_name_that_looks_like_a_pattern_is_none() -> None:
    assert "StringLike" not in condition("repo:a/b:environment:*")


@pytest.mark.parametrize("sub", [None, ""])
def test_a_token_that_is_nobodys_gets_no_statement(sub: str | None) -> None:
    assert statement(sub) is None


def test_the_provider_is_of_the_roles_account_and_partition() -> None:
    role = RoleArn.parse("arn:aws-cn:iam::111122223333:role/release")

    found = trusting(role, {"iss": "https://gitlab.example/", "aud": "a", "sub": "s"})

    assert found is not None
    assert found["Principal"] == {
        "Federated": "arn:aws-cn:iam::111122223333:oidc-provider/gitlab.example"
    }
    assert found["Condition"]["StringEquals"]["gitlab.example:sub"] == "s"
