"""The ``result`` of a run."""

import json

from harness.reports import P, U, changed, failed, report_of


def test_the_result_holds_everything_in_the_order_asked_for() -> None:
    report = report_of({"2": changed(), "1": failed("X", "no", status=U), "3": failed("NOT_FOUND")})

    result = json.loads(report.result_json)

    assert result["outcome"] == "failed"
    assert result["dryRun"] is False
    (package,) = result["packages"]
    assert {name: package[name] for name in ("domain", "repository", "format", "namespace")} == {
        "domain": "acme", "repository": "npm-store", "format": "npm", "namespace": "acme",
    }  # fmt: skip
    assert (package["package"], package["targetStatus"]) == ("core", "Published")
    assert package["versions"] == [
        {"version": "2", "outcome": "changed", "before": U, "after": P, "revision": "r",
         "errorCode": None, "errorMessage": None},
        {"version": "1", "outcome": "failed", "before": U, "after": U, "revision": "r",
         "errorCode": "X", "errorMessage": "no"},
        {"version": "3", "outcome": "failed", "before": None, "after": None, "revision": None,
         "errorCode": "NOT_FOUND", "errorMessage": "because"},
    ]  # fmt: skip
