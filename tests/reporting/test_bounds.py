"""Sizes: whatever a run came to, what is said of it stays under every limit of a runner."""

import json
import time
from dataclasses import replace

import pytest

from codeartifact_status.reporting.annotations import Level, annotations
from codeartifact_status.reporting.outputs import fitted, outputs
from codeartifact_status.reporting.summary import summary
from harness.reports import changed, failed, report_of
from harness.runs import CORE_PACKAGE

MIB = 1024 * 1024


LONG = [f"{number:05}-" + "v" * 200 for number in range(20_000)]


def utf16(values: dict[str, str]) -> int:
    return sum(len(value.encode("utf-16-le")) for value in values.values())


@pytest.mark.parametrize("ending", ["changed", "failed"])
def test_20000_versions_with_long_names_stay_under_every_limit(ending: str) -> None:
    kinds = [f"CODE_{number}" for number in range(30)]
    report = report_of(
        {
            version: changed()
            if ending == "changed"
            else failed(kinds[number % 30], "m" * 1000, status="Unlisted")
            for number, version in enumerate(LONG)
        }
    )
    began = time.process_time()

    values, text, shown = fitted(outputs(report)), summary(report), annotations(report)

    assert time.process_time() - began < 10
    assert len(text.encode()) < MIB
    assert utf16(values) <= MIB
    for value in values.values():
        assert not value or value[0] not in "[{" or json.loads(value) is not None
    for level in Level:
        assert sum(one.level is level for one in shown) <= 10
    assert "undo-file" in values["undo"] or values["undo"] == "[]"


def test_a_summary_of_many_packages_with_wide_characters_stays_under_a_mebibyte() -> None:
    wide = ["🦀" * 390 + f"{number}" for number in range(6)]
    endings = {"changed": changed(), "failed": failed("NO", "🦀" * 1000, status="Unlisted")}
    report = report_of(
        *(
            (
                replace(CORE_PACKAGE, name="🦀" * 240 + f"{name}{number}"),
                dict.fromkeys(wide, ending),
            )
            for name, ending in endings.items()
            for number in range(60)
        )
    )

    assert len(summary(report).encode()) < MIB
