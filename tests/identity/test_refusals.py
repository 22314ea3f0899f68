"""What keeps a run from an identity, and what is said to mend it."""

import pytest

from codeartifact_status.arns import RoleArn
from codeartifact_status.identity.refusals import NoCredentials, TokenRefused
from codeartifact_status.reporting.run import ACTION


@pytest.mark.parametrize("action", ["acme/codeartifact-status@v1", ACTION])
def test_the_step_to_paste_names_the_action_as_the_workflow_does(action: str) -> None:
    remedy = NoCredentials("none").remedy(action)

    assert f"  - uses: {action}\n" in remedy
    assert remedy.count("uses:") == 1


def test_a_statement_for_a_refused_token_is_of_the_roles_account_and_partition() -> None:
    role = RoleArn.parse("arn:aws-cn:iam::111122223333:role/release")
    claims = {"iss": "https://gitlab.example/", "aud": "a", "sub": "s", "email": "x@y.example"}

    remedy = TokenRefused(role=role, code="AccessDenied", message="", claims=claims).remedy(ACTION)

    assert "arn:aws-cn:iam::111122223333:oidc-provider/gitlab.example" in remedy
    assert '"gitlab.example:sub": "s"' in remedy
    assert "x@y.example" not in remedy
