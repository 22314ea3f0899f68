"""What generally lies behind a failure, and what to paste."""

import json
from dataclasses import replace
from typing import Any

import pytest

from codeartifact_status.model import Code, Status
from codeartifact_status.reporting.advice import MAX_RESOURCES, advice, reading_denied
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from harness.reports import CLIENT, changed, failed, run_of
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


def test_a_code_that_nobody_knows_has_advice_all_the_same() -> None:
    assert "run the step again" in advice_for(run_of({"1": failed("TOO_PRETTY")}))


def test_credentials_that_are_refused_on_the_way_are_told_as_that() -> None:
    message = "The security token included in the request is expired"

    assert "credentials expired during the step" in advice_for(
        run_of({"1": failed("ExpiredTokenException", message)})
    )


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
