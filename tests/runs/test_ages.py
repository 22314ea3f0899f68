"""older-than: what is left alone because it was published a short while ago."""

import time
from collections.abc import Callable

import pytest

from codeartifact_emulator import Emulator, Fault, Reply
from harness.acting import Act
from harness.runs import CORE, calls_of, statuses

UPDATE, DESCRIBE = "UpdatePackageVersionsStatus", "DescribePackageVersion"
A, P, U = "Archived", "Published", "Unlisted"
DAY = 86400.0


def put(emulator: Emulator, version: str, *, days: float, status: str = P, **place: str) -> None:
    emulator.store.put(
        **{**CORE, **place}, version=version, status=status, published=time.time() - days * DAY
    )


def test_age_alone_never_empties_a_package(emulator: Emulator, act: Act) -> None:
    for version, days in (("1.0.0", 90), ("1.1.0", 60), ("1.2.0", 45)):
        put(emulator, version, days=days)

    done = act(versions_matching="*", older_than="30d", target_status="Archived")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": A, "1.1.0": A, "1.2.0": P}
    assert "one of the newest 1" in done.summary


def test_what_is_young_is_left_alone_and_said(emulator: Emulator, act: Act) -> None:
    for version, days in (("1.0.0", 90), ("1.1.0", 29), ("1.2.0", 1)):
        put(emulator, version, days=days)
    put(emulator, "0.9.0", days=200, status=A)

    done = act(versions_matching="*", older_than="30d", keep_latest="0", target_status="Archived")

    assert done.exit_code == 0
    assert statuses(emulator) == {"0.9.0": A, "1.0.0": A, "1.1.0": P, "1.2.0": P}
    assert "published less than 30 days ago" in done.summary
    assert "1.1.0  left alone: published less than 30 days ago" in done.stdout
    # What is at the target already needs no age.
    assert len(calls_of(emulator, DESCRIBE)) == 3


def test_with_the_target_published_it_is_a_cool_down(emulator: Emulator, act: Act) -> None:
    put(emulator, "1.0.0", days=8, status=U)
    put(emulator, "1.1.0", days=3, status=U)

    done = act(versions_matching="*", older_than="1w", target_status="Published")

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": P, "1.1.0": U}


def test_what_is_named_is_never_held_back_by_its_age(emulator: Emulator, act: Act) -> None:
    put(emulator, "1.0.0", days=0.1)
    put(emulator, "2.0.0", days=0.1)

    done = act(
        versions="2.0.0", versions_matching="1.*", older_than="12h", target_status="Archived"
    )

    assert done.exit_code == 0
    assert statuses(emulator) == {"1.0.0": P, "2.0.0": A}


def test_a_version_that_is_gone_meanwhile_is_left_alone(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    gone = Reply(
        status=404,
        headers={"x-amzn-ErrorType": "ResourceNotFoundException"},
        body='{"message": "gone", "resourceType": "package-version"}',
    )
    emulator = emulators(faults=[Fault(DESCRIBE, gone)])
    put(emulator, "1.0.0", days=90)

    done = act(
        on=emulator,
        versions_matching="*",
        older_than="30d",
        keep_latest="0",
        target_status="Archived",
    )

    assert done.exit_code == 0
    assert "does not say when it was published" in done.summary


def test_where_ages_are_denied_nothing_is_sent(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    denied = Reply(status=403, code="AccessDeniedException", message="no")
    emulator = emulators(faults=[Fault(DESCRIBE, denied, times=None)])
    for number in range(50):
        put(emulator, f"1.{number}.0", days=90)

    done = act(on=emulator, versions_matching="*", older_than="30d", target_status="Archived")

    assert done.exit_code == 1
    assert calls_of(emulator, UPDATE) == []
    assert "how old the versions are" in done.messages
    assert '"codeartifact:DescribePackageVersion"' in done.messages
    arn = "arn:aws:codeartifact:eu-west-1:111122223333:package/acme/npm-store/npm/acme/core"
    assert done.messages.count(arn) == 1
    # A refusal is final for all.
    assert len(calls_of(emulator, DESCRIBE)) < 50


@pytest.mark.parametrize(
    ("given", "text"),
    [
        ({"older_than": "30"}, 'older-than: "30" is not a duration'),
        ({"older_than": "1m"}, "such as 12h, 30d or 2w"),
        ({"older_than": "0d"}, "a number from 1 to 99999 and h, d or w"),
        (
            {"older_than": "30d", "versions_matching": None, "versions": "1.0.0"},
            "older-than: needs versions-matching",
        ),
        (
            {"older_than": "30d", "format": "generic", "namespace": "acme", "package": "core"},
            "no version order; with older-than it is 1, unless keep-latest: 0 is given",
        ),
    ],
)
def test_an_age_that_makes_no_sense_is_refused(
    act: Act, given: dict[str, str | None], text: str
) -> None:
    done = act(**{"versions_matching": "*", "target_status": "Archived", **given})
    assert done.exit_code == 2
    assert text in done.messages
