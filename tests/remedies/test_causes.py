"""The tables of causes, row by row, with what AWS really says."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from codeartifact_status.arns import RoleArn
from codeartifact_status.errors import Place, System
from codeartifact_status.model import Failure
from codeartifact_status.remedies.asking import ASKING
from codeartifact_status.remedies.cause import Cause, cause_of, quotable
from codeartifact_status.remedies.denials import DENIALS, UNNAMED, Denial
from codeartifact_status.remedies.network import Reach
from codeartifact_status.remedies.role import Refusal
from codeartifact_status.remedies.sts import ROLE as REFUSALS
from harness.runs import PLACE, ROLE

ARN = "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
ACTION = "codeartifact:UpdatePackageVersionsStatus"
GITHUB = "https://token.actions.githubusercontent.com"
CLAIMS = {
    "iss": GITHUB,
    "aud": "sts.amazonaws.com",
    "sub": "repo:acme/widgets:environment:release",
    "repository": "acme/widgets",
    "repository_id": "789012",
    "repository_owner_id": "123456",
    "ref": "refs/tags/v1.3.0",
    "environment": "release",
    "event_name": "push",
    "email": "octocat@example.com",
}
TABLES: dict[str, Sequence[Cause[Any]]] = {
    "asking": ASKING,
    "denials": [*DENIALS, UNNAMED],
    "role": REFUSALS,
}
ROWS = [(table, cause) for table, causes in TABLES.items() for cause in causes]
SAID = [(table, cause, said) for table, cause in ROWS for said in cause.says]


def refusal(said: str, **given: Any) -> Refusal:
    code, _, message = said.partition(": ")
    parts: dict[str, Any] = {"claims": CLAIMS, **given}
    return Refusal(role=RoleArn.parse(ROLE), failure=Failure(code, message), **parts)


def told(said: str, *, place: Place = PLACE, **given: Any) -> str:
    """What is said about a refusal of STS."""
    cause = cause_of(REFUSALS, said)
    assert cause is not None
    return cause.advice(refusal(said, **given), place)


def denied(said: str, **given: Any) -> str:
    """What is said about a call of CodeArtifact that was denied."""
    cause = cause_of(DENIALS, said) or UNNAMED
    denial = Denial(message=said, actions=[ACTION], resources=[ARN], **given)
    return cause.advice(denial, PLACE)


@pytest.mark.parametrize(
    ("arn", "subject"),
    [
        ("arn:aws:iam::111122223333:user/ci", "`user/ci`"),
        ("arn:aws:iam::111122223333:user/bots/ci", "`user/bots/ci`"),
        ("arn:aws:sts::111122223333:assumed-role/release/run-7", "`role/release`"),
        ("arn:aws-cn:sts::111122223333:assumed-role/release/run-7", "`role/release`"),
        ("arn:aws:sts::111122223333:federated-user/ci", "the caller"),
        ("arn:aws:iam::111122223333:user/`x`", "the caller"),
        ("AIDAEXAMPLE", "the caller"),
    ],
)
def test_a_statement_is_for_whom_aws_names(arn: str, subject: str) -> None:
    text = denied(
        f"AccessDeniedException: User: {arn} is not authorized to perform: {ACTION} on resource: "
        f"{ARN} because no identity-based policy allows the {ACTION} action"
    )
    assert f"Add this statement to the policy of {subject}:" in text


def test_a_users_arn_has_its_path_already() -> None:
    elsewhere = ARN.replace("111122223333", "999988887777")
    for caller, is_told in (("iam::111122223333:user/a", False),
                            ("sts::111122223333:assumed-role/a/b", True)):  # fmt: skip
        said = f"User: arn:aws:{caller} is not authorized to perform: {ACTION} on resource: "
        text = denied(f"AccessDeniedException: {said}{elsewhere}")
        assert ("with its path" in text) is is_told


def documents(text: str) -> list[dict[str, Any]]:
    """The JSON documents in an advice."""
    return [json.loads(found) for found in re.findall(r"```json\n(.*?)\n```", text, re.DOTALL)]


def context(table: str, said: str) -> object:
    match table:
        case "asking":
            return Reach(
                service="CodeArtifact", url="https://x.example", region="eu-west-1", message=said
            )
        case "denials":
            return Denial(message=said, actions=[ACTION], resources=[ARN])
        case _:
            return refusal(said)


@pytest.mark.parametrize(("table", "cause", "said"), SAID)
def test_what_aws_says_leads_to_its_cause(table: str, cause: Cause[Any], said: str) -> None:
    assert cause_of(TABLES[table], said) is cause


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize(("table", "cause", "said"), SAID)
def test_every_cause_has_something_to_do(
    table: str, cause: Cause[Any], said: str, system: System
) -> None:
    text = cause.advice(context(table, said), replace(PLACE, system=system))

    assert text.startswith(cause.means)
    assert len(text) > len(cause.means) + 20
    assert not re.search(r"\bNone\b|\{\}|(?<!`)``(?!`)", text)


def test_no_two_causes_are_called_the_same() -> None:
    names = [(table, cause.name) for table, cause in ROWS]

    assert len(set(names)) == len(names)


def of(table: str, *names: str) -> list[str]:
    """What AWS says where the cause is one of these."""
    found = [said for where, cause, said in SAID if where == table and cause.name in names]
    assert found
    return found


# --- Nothing is widened where that can't help. ---------------------------------------------------


@pytest.mark.parametrize(
    "said", [said for table, cause, said in SAID if table == "role" and "trust" not in cause.name]
)
def test_only_a_refusal_of_the_trust_policy_shows_a_trust_policy(said: str) -> None:
    about_keys = "sts:AssumeRole on" in said or "sts:TagSession" in said
    assert about_keys or "sts:AssumeRoleWithWebIdentity" not in told(said)


@pytest.mark.parametrize("said", [said for table, _, said in SAID if table != "denials"])
@pytest.mark.parametrize("own_policy", [True, False])
def test_a_session_policy_is_given_up_only_where_it_is_too_large(
    said: str,
    own_policy: bool,  # noqa: FBT001
) -> None:
    cause = cause_of(REFUSALS, said)
    text = told(said, own_policy=own_policy) if cause else ""
    assert ("session-policy: none" in text) is (own_policy and "Packed policy" in said)


@pytest.mark.parametrize(
    "said",
    of(
        "denials",
        "A service control policy denies it",
        "A resource control policy denies it",
        "The policy of a VPC endpoint denies it",
    )
    + [said for table, _, said in SAID if table == "denials" and "explicit deny" in said
       and "session" not in said],
)  # fmt: skip
def test_where_another_policy_denies_there_is_no_statement_for_the_role(said: str) -> None:
    text = denied(said)

    assert documents(text) == []
    assert "session-policy" not in text


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        *((said, "service control policy") for said in of(
            "denials", "A service control policy denies it")),
        *((said, "resource control policy") for said in of(
            "denials", "A resource control policy denies it")),
        *((said, "VPC endpoint") for said in of(
            "denials", "The policy of a VPC endpoint denies it")),
        *((said, "boundary") for said in of(
            "denials", "A permissions boundary denies it")),
        *((said, "session") for said in of(
            "denials", "The session policy denies it")),
    ],
)  # fmt: skip
def test_the_policy_that_aws_names_is_named(said: str, kind: str) -> None:
    assert kind in denied(said)


# --- What CodeArtifact denies. -------------------------------------------------------------------


def test_a_missing_permission_gets_its_exact_statement() -> None:
    said = next(s for s in of("denials", "A permission is missing") if "because" in s)

    assert documents(denied(said)) == [{"Effect": "Allow", "Action": [ACTION], "Resource": [ARN]}]


def test_across_accounts_both_sides_get_a_statement() -> None:
    theirs = UNNAMED.says[0]

    mine, grant = documents(denied(theirs))

    assert mine["Resource"] == [ARN]
    assert grant["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/release"}
    assert grant["Resource"] == "*"


def test_a_resource_policy_that_is_silent_gets_the_statement_and_the_role_none() -> None:
    name = "The policy of the domain or the repository denies it"
    said = next(s for s in of("denials", name) if "because" in s)

    (grant,) = documents(denied(said))
    assert "Principal" in grant


def test_a_session_policy_is_given_up_only_if_it_is_this_steps_own() -> None:
    said = of("denials", "The session policy denies it")[0]

    assert "session-policy: none" in denied(said, narrowed=True)
    assert "session-policy: none" not in denied(said, by_user=True) + denied(said)
    assert "`session-policy`" in denied(said, by_user=True)
    assert "inline-session-policy" in denied(said)


# --- What STS refuses. ---------------------------------------------------------------------------


def test_the_usual_audience_is_asked_for_or_added() -> None:
    said = "InvalidIdentityToken: Incorrect token audience"

    assert "set `audience: sts.amazonaws.com`" in told(said, claims={**CLAIMS, "aud": "acme"})
    assert "--client-id acme" in told(said, claims={**CLAIMS, "aud": ["acme", "b"]})
    usual = told(said)
    assert "as it should be" in usual
    assert "--client-id sts.amazonaws.com" in usual


def test_in_china_the_usual_audience_is_another_one() -> None:
    said = refusal("InvalidIdentityToken: Incorrect token audience")
    china = replace(said, role=RoleArn.parse("arn:aws-cn:iam::111122223333:role/release"))
    cause = cause_of(REFUSALS, said.said)

    assert cause is not None
    assert "set `audience: sts.amazonaws.com.cn`" in cause.advice(china, PLACE)


def test_a_missing_provider_is_created_in_the_roles_account() -> None:
    text = told(
        "InvalidIdentityToken: No OpenIDConnect provider found in your account for x",
        claims={**CLAIMS, "iss": "https://git.example/_services/token/"},
    )

    assert "in account 111122223333" in text
    assert "--url https://git.example/_services/token \\\n" in text


def test_thumbprints_are_renewed_only_where_they_count() -> None:
    said = (
        "InvalidIdentityToken: OpenIDConnect provider's HTTPS certificate doesn't match "
        "configured thumbprint"
    )

    assert "update-open-id-connect-provider-thumbprint" not in told(said)
    own = told(said, claims={**CLAIMS, "iss": "https://gitlab.example"})
    assert "openssl s_client -connect gitlab.example:443" in own
    assert "oidc-provider/gitlab.example" in own


def test_an_issuer_of_your_own_has_to_be_reached_by_aws() -> None:
    said = "InvalidIdentityToken: Couldn't retrieve verification key from your identity provider"

    assert "This is temporary" in told(said)
    own = told(said, claims={**CLAIMS, "iss": "https://git.example/_services/token"})
    assert "`https://git.example/_services/token/.well-known/openid-configuration`" in own


def test_a_token_of_a_file_is_told_from_one_of_the_system() -> None:
    said = "ExpiredTokenException: Token too old: 441398"

    assert "`web-identity-token-file`" in told(said, token_file=True)
    assert "issuer's clock" in told(said)
    assert "as GitLab does" in told(said, place=replace(PLACE, system=System.GITLAB))


def test_the_policy_that_is_too_large_is_the_users_or_this_steps() -> None:
    said = "PackedPolicyTooLarge: Packed policy consumes 157% of allotted space"

    assert "made the policy itself" in told(said, own_policy=True)
    assert told(said).endswith("fewer or shorter resources and actions.")


TRUST = "AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity"


def test_the_claims_to_compare_are_shown_and_no_others() -> None:
    shown, _ = documents(told(TRUST))

    assert {"sub", "repository_id", "repository_owner_id"} <= set(shown)
    assert "email" not in shown


def test_an_environment_that_replaces_the_ref_is_named() -> None:
    assert "a condition on `ref:refs/tags/v1.3.0` can't match" in told(TRUST)
    on_a_ref = {**CLAIMS, "sub": "repo:acme/widgets:ref:refs/heads/main", "environment": None}
    assert "can't match" not in told(TRUST, claims=on_a_ref)


def test_no_statement_lets_every_pull_request_in() -> None:
    text = told(TRUST, claims={**CLAIMS, "sub": "repo:acme/widgets:pull_request"})

    (shown,) = documents(text)
    assert shown["sub"] == "repo:acme/widgets:pull_request"
    assert "Every pull request" in text


def test_a_caller_is_named_in_the_trust_policy_and_external_ids_are_asked_for() -> None:
    said = REFUSALS[-1].says[0]

    text = told(said, claims={})

    (statement,) = documents(text)
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:role/runner"}
    assert "give it in `role-external-id`" in text
    assert "compare `role-external-id`" in told(said, claims={}, with_external_id=True)


def test_a_caller_of_another_account_needs_both() -> None:
    said = REFUSALS[-1].says[0].replace("sts::111122223333", "sts::999988887777")

    trusting, allowing = documents(told(said, claims={}))

    assert trusting["Principal"] == {"AWS": "arn:aws:iam::999988887777:role/runner"}
    assert allowing["Resource"] == [ROLE]


@pytest.mark.parametrize("kind", ["service control policy", "permissions boundary"])
def test_a_caller_that_another_policy_denies_is_told_which(kind: str) -> None:
    said = f"{REFUSALS[-1].says[0]} with an explicit deny in a {kind}"

    text = told(said, claims={})

    assert kind.rsplit(maxsplit=1)[-1] in text
    assert documents(text) == []


# --- What doesn't get there. ---------------------------------------------------------------------

REACH = Reach(
    service="CodeArtifact",
    url="https://codeartifact.eu-west-1.amazonaws.com",
    region="eu-west-1",
    regions=("eu-west-1", "us-east-1"),
)
UNREACHED = 'EndpointConnectionError: Could not connect to the endpoint URL: "https://{}/v1/x"'


def unreached(message: str, **given: Any) -> str:
    cause = cause_of(ASKING, message)
    assert cause is not None
    return cause.advice(replace(REACH, message=message, **given), PLACE)


@pytest.mark.parametrize(
    ("host", "given", "text"),
    [
        ("x.example:444", {"chosen_by": "endpoint-url"}, "set by `endpoint-url`"),
        ("x", {"chosen_by": "AWS_ENDPOINT_URL_CODEARTIFACT"}, "`AWS_ENDPOINT_URL_CODEARTIFACT`"),
        ("codeartifact.us-west-1.amazonaws.com", {"region": "us-west-1"},
         "CodeArtifact is in eu-west-1, us-east-1."),
        ("codeartifact-fips.eu-west-1.amazonaws.com", {}, "`AWS_USE_FIPS_ENDPOINT=false`"),
        ("codeartifact.eu-west-1.api.aws", {}, "`AWS_USE_DUALSTACK_ENDPOINT=false`"),
        ("codeartifact.eu-west-1.amazonaws.com", {}, "`HTTPS_PROXY`"),
    ],
)  # fmt: skip
def test_what_chose_an_endpoint_that_is_not_there_is_named(
    host: str, given: dict[str, Any], text: str
) -> None:
    assert text in unreached(UNREACHED.format(host), **given)


def test_a_proxy_that_is_down_is_named_with_its_variable_and_no_password() -> None:
    text = unreached(
        'ProxyConnectionError: Failed to connect to proxy URL: "http://me:pw@proxy.example:3128"',
        proxies={"HTTPS_PROXY": "proxy.example:3128", "http_proxy": "other.example"},
    )

    assert "`HTTPS_PROXY` names the proxy `proxy.example:3128`" in text
    assert "`codeartifact.eu-west-1.amazonaws.com` to `NO_PROXY`" in text
    assert "pw" not in text
    assert "http_proxy" not in text


def test_an_endpoint_for_all_services_is_told_from_a_page_in_between() -> None:
    page = "the answer is text/html, not JSON"
    everything = unreached(page, chosen_by="AWS_ENDPOINT_URL", url="http://localhost:9000")

    assert "`AWS_ENDPOINT_URL` sends every service to `localhost:9000`" in everything
    assert "`AWS_ENDPOINT_URL_CODEARTIFACT`" in everything
    assert "a network that requires a login first" in unreached(page)


def test_the_bundle_in_effect_is_named() -> None:
    said = of("asking", "The certificate isn't trusted")[0]

    assert "Name a file with the CA's certificate in `ca-bundle`" in unreached(said)
    assert "those in `AWS_CA_BUNDLE`" in unreached(said, bundle="AWS_CA_BUNDLE")


@pytest.mark.parametrize("text", ["a`b", "x\ny", "$(rm)", "", "a b", "'"])
def test_what_could_end_a_quotation_is_not_quoted(text: str) -> None:
    assert quotable(text) == "…"
