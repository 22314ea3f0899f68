"""The undo-file: whole before the first call, exact at the end, and never replaced by nothing."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from codeartifact_status.model import (
    DENIED,
    Allowed,
    OnFailure,
    Outcome,
    Request,
    State,
    Status,
    Verdict,
)
from codeartifact_status.planning.plan import make_plan
from codeartifact_status.reporting.report import Report
from codeartifact_status.reporting.run import Run
from codeartifact_status.runner.files import UndoFile
from codeartifact_status.runner.workflow import Workflow
from harness.runs import CORE_PACKAGE

WORKFLOW = Workflow(on_github=False)
REQUEST = Request(package=CORE_PACKAGE, versions=("1", "2", "3"), target=Status.PUBLISHED)
READ = {v: State("Unlisted", f"r{v}") for v in ("1", "2")} | {"3": State("Published", "r3")}
PLAN = make_plan([REQUEST], {CORE_PACKAGE: READ}, allowed=Allowed(), on_failure=OnFailure.CONTINUE)


def run_of(**verdicts: Verdict) -> Run:
    outcomes = {
        (CORE_PACKAGE, name.removeprefix("v")): Outcome(
            verdict=verdict, before="Unlisted", after="Published", revision=f"r{name[1:]}"
        )
        for name, verdict in verdicts.items()
    }
    return Run(requests=(REQUEST,), outcomes=outcomes)


def report_of(**verdicts: Verdict) -> Report:
    return Report(run=run_of(**verdicts))


def entry(*versions: str, **more: Any) -> dict[str, Any]:
    return {
        "repository": "npm-store",
        "format": "npm",
        "namespace": "acme",
        "package": "core",
        "versions": list(versions),
        "version-revisions": {version: f"r{version}" for version in versions},
        "expected-status": "Published",
        "target-status": "Unlisted",
        **more,
    }


def held(path: Path) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "undo.json"


def test_it_holds_the_whole_way_back_before_anything_is_sent(path: Path) -> None:
    UndoFile(WORKFLOW, str(path)).begin(PLAN, Run(requests=(REQUEST,)))

    assert held(path) == [entry("1", "2")]


def test_it_holds_exactly_what_was_changed_at_the_end(path: Path) -> None:
    file = UndoFile(WORKFLOW, str(path))
    file.begin(PLAN, Run(requests=(REQUEST,)))
    file.end(report_of(v1=Verdict.CHANGED, v2=Verdict.UNCHANGED, v3=Verdict.UNCHANGED))

    assert held(path) == [entry("1")]


@pytest.mark.parametrize("begun", [True, False], ids=["nothing was changed", "nothing was sent"])
@pytest.mark.parametrize(
    "left", [entry("9", package="other"), entry("1", "9")], ids=["of others", "of the same, too"]
)
def test_a_way_back_is_not_replaced_by_none(
    path: Path, left: Mapping[str, Any], *, begun: bool
) -> None:
    former = json.dumps([left], indent=2)
    path.write_text(former, encoding="utf-8")
    file = UndoFile(WORKFLOW, str(path))
    if begun:
        file.begin(PLAN, Run(requests=(REQUEST,)))
        assert held(path) == [entry("1", "2")]
    file.end(report_of(v1=Verdict.UNCHANGED, v2=Verdict.UNCHANGED, v3=Verdict.UNCHANGED))

    assert path.read_text(encoding="utf-8") == former


def test_what_an_earlier_attempt_changed_is_kept_with_what_this_one_changes(path: Path) -> None:
    path.write_text(json.dumps([entry("3", "4"), entry("1", package="ui")]), encoding="utf-8")
    file = UndoFile(WORKFLOW, str(path))
    file.begin(PLAN, Run(requests=(REQUEST,)))
    file.end(report_of(v1=Verdict.CHANGED, v2=Verdict.CHANGED, v3=Verdict.UNCHANGED))

    assert held(path) == [entry("1", "2"), entry("3")]


@pytest.mark.parametrize(
    "text",
    [
        *("", "{}", "not JSON", "[5]", "[" * 100_000),
        *('[{"versions": 1}]', '[{"versions": [[]]}]', '[{"versions": ["1"], "package": []}]'),
    ],
)
def test_a_file_that_is_no_way_back_is_replaced(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    UndoFile(WORKFLOW, str(path)).end(Report(run=Run()))

    assert held(path) == []


def test_what_was_never_read_is_vouched_for_only_by_a_change(path: Path) -> None:
    ui = replace(CORE_PACKAGE, name="ui")
    requests = (REQUEST, replace(REQUEST, package=ui))
    run = Run(requests=requests, unread={ui: ""})
    plan = make_plan(
        requests,
        {CORE_PACKAGE: READ, ui: DENIED},
        allowed=Allowed(),
        on_failure=OnFailure.CONTINUE,
    )
    file = UndoFile(WORKFLOW, str(path))
    file.begin(plan, run)
    assert held(path) == [entry("1", "2")]

    read, unread = plan.batches
    outcomes = run_of(v1=Verdict.CHANGED).outcomes
    file.settled(read, {"2": outcomes[CORE_PACKAGE, "1"]}, run)
    file.settled(unread, {"1": outcomes[CORE_PACKAGE, "1"]}, run)

    vouched, confirmed = held(path)
    assert vouched == entry("1", "2")
    assert (confirmed["package"], confirmed["versions"]) == ("ui", ["1"])
    assert "version-revisions" not in confirmed
