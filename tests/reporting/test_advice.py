"""What generally lies behind a failure, and what to paste."""

import json
from dataclasses import replace
from typing import Any

import pytest

from codeartifact_status.model import Code, Status
from codeartifact_status.reporting.advice import MAX_RESOURCES, advice, reading_denied
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from harness.reports import ALL_ALLOWED, CLIENT, changed, failed, run_of
from harness.runs import CORE_PACKAGE, PLACE

DENIED = "AccessDeniedException"


def advice_for(run: Run) -> str:
    (trouble,) = Report(run=run).troubles
    return advice(run, trouble, PLACE)


def statement(text: str) -> dict[str, Any]:
    """The IAM statement in an advice."""
    return json.loads(text.partition("```json\n")[2].partition("\n```")[0])


@pytest.mark.parametrize("code", list(Code))
def test_every_code_of_ours_has_its_advice(code: Code) -> None:
    assert advice_for(run_of({"1": failed(code)})) != advice_for(run_of({"1": failed("?")}))


@pytest.mark.parametrize("target", [Status.ARCHIVED, Status.UNLISTED])
def test_what_is_to_be_blocked_and_is_not_there_can_still_come_in(target: Status) -> None:
    run = run_of({"1": failed("NOT_FOUND")}, target=target)

    assert "can still come in" in advice_for(run)
    assert "origin controls" in advice_for(run)
    assert "published here" not in advice_for(run)
    assert ("wait-seconds" in advice_for(run)) is (target is Status.UNLISTED)


def test_a_disposed_version_that_is_to_be_blocked_is_not_to_be_deleted() -> None:
    blocked = advice_for(run_of({"1": failed("NOT_ALLOWED")}, target=Status.ARCHIVED))
    shown = advice_for(run_of({"1": failed("NOT_ALLOWED")}))

    assert "target-status: Deleted" in shown
    assert "target-status: Deleted" not in blocked
    assert "Don't delete it" in blocked


@pytest.mark.parametrize("target", [Status.PUBLISHED, Status.DISPOSED, Status.DELETED])
def test_an_absence_that_is_allowed_needs_no_advice(target: Status) -> None:
    run = run_of({"1": failed("NOT_FOUND")}, target=target, allowed=ALL_ALLOWED)

    assert not advice_for(run)


def test_what_is_allowed_has_its_meaning_for_a_block_list() -> None:
    run = run_of({"1": failed("NOT_FOUND")}, target=Status.ARCHIVED, allowed=ALL_ALLOWED)

    assert advice_for(run).startswith("What isn't in the repository is neither hidden nor blocked")
    run = run_of({"1": failed("NOT_ALLOWED")}, target=Status.ARCHIVED, allowed=ALL_ALLOWED)
    assert advice_for(run).endswith("there is nothing left to hide or block.")


def test_several_targets_have_a_paragraph_each() -> None:
    shown = run_of({"1": failed("NOT_FOUND")})
    hidden = run_of((CLIENT, {"1": failed("NOT_FOUND")}), target=Status.ARCHIVED)
    run = replace(
        shown,
        requests=(*shown.requests, *hidden.requests),
        outcomes={**shown.outcomes, **hidden.outcomes},
    )

    assert advice_for(run) == f"{advice_for(shown)}\n\n{advice_for(hidden)}"


def test_a_code_that_nobody_knows_has_advice_all_the_same() -> None:
    assert "run the step again" in advice_for(run_of({"1": failed("TOO_PRETTY")}))


def test_credentials_that_are_refused_on_the_way_are_told_as_that() -> None:
    message = "The security token included in the request is expired"

    assert "credentials expired during the step" in advice_for(
        run_of({"1": failed("ExpiredTokenException", message)})
    )


def test_a_statement_for_a_package_without_a_scope_asks_first_whether_one_is_missing() -> None:
    bare = replace(CORE_PACKAGE, namespace=None)
    identity_based = "x because no identity-based policy allows the y action"
    organization = "x with an explicit deny in a service control policy"

    def told(message: str) -> str:
        return advice_for(run_of((bare, {"1": failed(DENIED, message)})))

    assert told(identity_based).startswith("The step asks for a package without a scope.")
    assert "without a scope" not in told(organization)
    assert "without a scope" not in advice_for(run_of({"1": failed(DENIED, identity_based)}))


def test_each_policy_that_denies_has_its_own_paragraph() -> None:
    run = run_of(
        {"1": failed(DENIED, "x with an explicit deny in a service control policy")},
        (CLIENT, {"1": failed(DENIED, "x because no identity-based policy allows the y action")}),
    )

    text = advice_for(run)

    assert "service control policy" in text
    assert [name.split("/")[-1] for name in statement(text)["Resource"]] == ["client"]


@pytest.mark.parametrize(
    ("target", "action"),
    [
        (Status.PUBLISHED, "UpdatePackageVersionsStatus"),
        (Status.DISPOSED, "DisposePackageVersions"),
        (Status.DELETED, "DeletePackageVersions"),
    ],
)
def test_the_missing_statement_is_exact(target: Status, action: str) -> None:
    run = run_of({"1": failed(DENIED), "2": failed(DENIED)}, target=target)

    assert statement(advice_for(run)) == {
        "Effect": "Allow",
        "Action": [f"codeartifact:{action}"],
        "Resource": [
            "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
        ],
    }


def test_only_what_was_denied_is_in_the_statement() -> None:
    run = run_of({"1": failed(DENIED)}, (CLIENT, {"1": changed()}))

    assert len(statement(advice_for(run))["Resource"]) == 1


def test_an_account_that_is_not_known_is_taken_from_the_message() -> None:
    arn = "arn:aws:codeartifact:eu-west-1:999988887777:package/acme/npm-store/npm/acme/core"
    message = f"User: x is not authorized to perform: y on resource: {arn} because"
    run = run_of({"1": failed(DENIED, message)}, account=None)

    assert statement(advice_for(run))["Resource"] == [arn]
    assert "with your account" not in advice_for(run)


def test_an_account_that_nobody_knows_is_a_placeholder_that_is_named() -> None:
    run = run_of({"1": failed(DENIED)}, account=None)

    assert "replace 111122223333 with your account" in advice_for(run)


def test_too_many_packages_are_met_by_a_pattern() -> None:
    packages = [
        (replace(CORE_PACKAGE, name=f"core-{number}"), {"1": failed(DENIED)})
        for number in range(MAX_RESOURCES + 1)
    ]

    assert statement(advice_for(run_of(*packages)))["Resource"] == [
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/*"
    ]


def test_a_name_that_is_a_wildcard_is_none_in_the_statement() -> None:
    run = run_of((replace(CORE_PACKAGE, name="*"), {"1": failed(DENIED)}))

    (arn,) = statement(advice_for(run))["Resource"]
    assert arn.endswith("/${*}")


def test_reading_denied_names_only_what_could_not_be_read() -> None:
    run = run_of({"1": changed()}, (CLIENT, {"1": changed()}), unread={CLIENT: ""})

    text = reading_denied(run, PLACE)

    assert statement(text)["Action"] == ["codeartifact:ListPackageVersions"]
    assert statement(text)["Resource"] == [
        "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/python/pypi//client"
    ]
    assert "`undo`" in text
