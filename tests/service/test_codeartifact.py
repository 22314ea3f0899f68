"""The edge to CodeArtifact: real boto3 over real HTTP, with all that can go wrong on the way."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from codeartifact_emulator import (
    Delay,
    Drop,
    Emulator,
    Fault,
    Misreport,
    Omit,
    Replace,
    Reset,
    Switches,
    Truncate,
)
from codeartifact_emulator import Reply as Answer
from codeartifact_status.errors import NotAsked
from codeartifact_status.model import (
    Batch,
    Denied,
    Doubt,
    Format,
    Package,
    Reading,
    Reply,
    State,
    Status,
)
from codeartifact_status.service.codeartifact import CodeArtifact
from harness.runs import CORE, CORE_PACKAGE, PLACE, calls_of, put_core, service_of, statuses

UPDATE, LIST = "UpdatePackageVersionsStatus", "ListPackageVersions"
THROTTLED = Answer(
    status=429, code="ThrottlingException", message="slow down", headers={"Retry-After": "1"}
)


def batch(
    *versions: str,
    target: Status = Status.PUBLISHED,
    expected: str | None = "Unlisted",
    revisions: dict[str, str] | None = None,
    package: Package = CORE_PACKAGE,
) -> Batch:
    return Batch(
        package=package,
        target=target,
        versions=versions,
        expected_status=expected,
        revisions=revisions,
    )


def change(
    service: CodeArtifact,
    batch: Batch,
    *,
    attempts: int = 3,
    halted: Callable[[], bool] = lambda: False,
) -> Reply:
    """Send a batch, as ``sending`` does it while nothing else went wrong."""
    return service.change(batch, attempts=attempts, halted=halted)


def read_status(reading: Reading) -> dict[str, str]:
    assert not isinstance(reading, Denied)
    return {version: state.status for version, state in reading.items()}


# --- Reading. ------------------------------------------------------------------------------------


def test_versions_of_all_statuses_are_read(emulator: Emulator) -> None:
    for number, status in enumerate(Status):
        if status is not Status.DELETED:
            put_core(emulator, f"1.{number}", status=status, revision=f"r{number}")

    reading = service_of(emulator).read(CORE_PACKAGE)

    assert reading == {
        f"1.{number}": State(status, f"r{number}")
        for number, status in enumerate(Status)
        if status is not Status.DELETED
    }
    (call,) = calls_of(emulator, LIST)
    assert "status" not in call.params


def test_more_versions_than_a_page_holds_are_all_read(emulator: Emulator) -> None:
    versions = [f"1.0.{number}" for number in range(1001)]
    put_core(emulator, *versions)

    reading = service_of(emulator).read(CORE_PACKAGE)

    assert read_status(reading) == dict.fromkeys(versions, "Unlisted")
    assert len(calls_of(emulator, LIST)) == 2


def test_a_package_that_is_not_there_has_no_versions(emulator: Emulator) -> None:
    assert service_of(emulator).read(CORE_PACKAGE) == {}


def test_a_package_that_is_only_upstream_has_no_versions(emulator: Emulator) -> None:
    put_core(emulator, "1.0", repository="npm-mirror")
    emulator.store.add_repository(domain="acme", repository="npm-store", upstreams=["npm-mirror"])

    assert service_of(emulator).read(CORE_PACKAGE) == {}


@pytest.mark.parametrize(("domain", "repository"), [("acme", "nowhere"), ("nowhere", "npm-store")])
def test_a_repository_or_domain_that_is_not_there_cannot_be_asked(
    emulator: Emulator, domain: str, repository: str
) -> None:
    package = Package(domain=domain, repository=repository, format=Format.PYPI, name="client")

    with pytest.raises(NotAsked) as stopped:
        service_of(emulator).read(package)

    assert "ResourceNotFoundException" in str(stopped.value)
    assert "`domain-owner`" in stopped.value.remedy(PLACE)
    assert len(calls_of(emulator, LIST)) == 1


def test_another_accounts_domain_is_found_by_its_owner(
    emulators: Callable[..., Emulator],
) -> None:
    shared = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
            "Action": "codeartifact:*",
            "Resource": "*",
        },
    }
    emulator = emulators(seed={"domains": {"acme": {"owner": "999988887777", "policy": shared}}})
    put_core(emulator, "1.0", domain_owner="999988887777")
    theirs = Package(
        domain="acme",
        domain_owner="999988887777",
        repository="npm-store",
        format=Format.NPM,
        namespace="acme",
        name="core",
    )

    service = service_of(emulator)

    assert read_status(service.read(theirs)) == {"1.0": "Unlisted"}
    assert service.read(CORE_PACKAGE) == {}


def test_a_named_version_that_is_missing_is_looked_for_among_the_archived_ones_once(
    emulators: Callable[..., Emulator],
) -> None:
    emulator = emulators(switches=Switches(unfiltered_list="without-archived"))
    put_core(emulator, "1.0")
    put_core(emulator, "1.1", "1.2", status="Archived")
    service = service_of(emulator)

    assert read_status(service.read(CORE_PACKAGE, ["1.0"])) == {"1.0": "Unlisted"}
    assert len(calls_of(emulator, LIST)) == 1

    found = read_status(service.read(CORE_PACKAGE, ["1.0", "1.1", "9.9"]))

    assert found == {"1.0": "Unlisted", "1.1": "Archived", "1.2": "Archived"}
    assert [call.params.get("status") for call in calls_of(emulator, LIST)[1:]] == [
        None,
        "Archived",
    ]


def test_reading_that_is_denied_is_no_error(emulators: Callable[..., Emulator]) -> None:
    user = {"name": "u", "access-key-id": "AKIAEXAMPLEEXAMPLE00", "secret-access-key": "secret"}
    emulator = emulators(seed={"users": [user]})

    assert isinstance(service_of(emulator).read(CORE_PACKAGE), Denied)
    assert len(calls_of(emulator, LIST)) == 1


@pytest.mark.parametrize(
    "keys", [{"AWS_ACCESS_KEY_ID": "AKIANOBODY0000000000", "AWS_SECRET_ACCESS_KEY": "x"}]
)
def test_unknown_keys_cannot_ask_and_are_not_tried_twice(
    emulator: Emulator, keys: dict[str, str]
) -> None:
    with pytest.raises(NotAsked, match="UnrecognizedClientException"):
        service_of(emulator, keys=keys).read(CORE_PACKAGE)
    assert len(calls_of(emulator, LIST)) == 1


@pytest.mark.parametrize(
    "effect",
    [
        Answer(status=500, code="InternalServerException"),
        Answer(status=503, body="<html>Service Unavailable</html>"),
        Answer(status=200, body="<html>a proxy's page</html>"),
        Answer(status=200, body=""),
        Answer(status=200, body="{}"),
        Answer(status=200, body="null"),
        Answer(status=200, body='{"versions": null}'),
        Answer(status=200, body='{"versions": [{"version": "1.0"}]}'),
        Reset(),
        Drop(),
        Truncate(keep=30),
        Truncate(keep=30, announced=True),
        Replace(body="[]"),
    ],
    ids=repr,
)
def test_an_answer_that_is_none_is_asked_for_again(emulator: Emulator, effect: object) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(LIST, effect, times=1))

    assert read_status(service_of(emulator).read(CORE_PACKAGE)) == {"1.0": "Unlisted"}
    assert len(calls_of(emulator, LIST)) == 2


def test_a_listing_is_never_half_read(emulator: Emulator) -> None:
    """A second page that can't be read must not leave the versions on it absent."""
    put_core(emulator, *(f"1.0.{number}" for number in range(1001)))
    emulator.inject(Fault(LIST, Truncate(keep=30), skip=1))

    with pytest.raises(NotAsked):
        service_of(emulator, attempts=2).read(CORE_PACKAGE)


def test_a_listing_that_goes_round_in_circles_ends(emulator: Emulator) -> None:
    page = '{"versions": [{"version": "1.0", "status": "Published"}], "nextToken": "again"}'
    emulator.inject(Fault(LIST, Answer(status=200, body=page)))

    with pytest.raises(NotAsked, match="circles"):
        service_of(emulator).read(CORE_PACKAGE)


def test_a_status_that_nobody_knows_is_read_as_it_is(emulator: Emulator) -> None:
    page = '{"versions": [{"version": "1.0", "status": "Quarantined", "revision": "r"}]}'
    emulator.inject(Fault(LIST, Answer(status=200, body=page)))

    assert service_of(emulator).read(CORE_PACKAGE) == {"1.0": State("Quarantined", "r")}


@pytest.mark.parametrize("status", [400, 402, 404, 409, 413])
def test_a_refusal_is_final_at_once(emulator: Emulator, status: int) -> None:
    emulator.inject(Fault(LIST, Answer(status=status, code="SomethingException", message="no")))
    service, began = service_of(emulator), time.monotonic()

    with pytest.raises(NotAsked, match="SomethingException: no"):
        service.read(CORE_PACKAGE)
    assert time.monotonic() - began < 3
    assert len(calls_of(emulator, LIST)) == 1


def test_nobody_listening_cannot_be_asked(emulator: Emulator) -> None:
    with pytest.raises(NotAsked):
        service_of(emulator, url="http://127.0.0.1:9", attempts=2).read(CORE_PACKAGE)


def test_an_answer_that_does_not_come_is_not_waited_for_for_ever(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(LIST, Delay(seconds=5), times=1))
    began = time.monotonic()

    reading = service_of(emulator, read_timeout=0.2).read(CORE_PACKAGE)

    assert read_status(reading) == {"1.0": "Unlisted"}
    assert time.monotonic() - began < 4


# --- Throttling. ---------------------------------------------------------------------------------


@pytest.mark.parametrize("operation", [LIST, UPDATE])
def test_the_pause_that_the_service_asks_for_is_kept(emulator: Emulator, operation: str) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(operation, THROTTLED, times=1))
    service = service_of(emulator)

    service.read(CORE_PACKAGE)
    reply = change(service, batch("1.0"))

    first, second = calls_of(emulator, operation)
    assert 1 <= second.at - first.at < 3
    assert set(reply.successful) == {"1.0"}


def test_throttling_is_borne_only_so_often(emulator: Emulator) -> None:
    calm = Answer(status=429, code="ThrottlingException", headers={"Retry-After": "0"})
    emulator.inject(Fault(UPDATE, calm))
    put_core(emulator, "1.0")

    reply = change(service_of(emulator), batch("1.0"), attempts=2)

    assert reply.error is not None
    assert reply.error.code == "ThrottlingException"
    assert len(calls_of(emulator, UPDATE)) == 2


def test_a_pause_of_an_hour_is_a_refusal(emulator: Emulator) -> None:
    emulator.inject(Fault(UPDATE, Answer(status=429, code="X", headers={"Retry-After": "3600"})))

    reply = change(service_of(emulator), batch("1.0"))

    assert reply.error is not None
    assert len(calls_of(emulator, UPDATE)) == 1


def test_a_stop_ends_the_pause(emulator: Emulator) -> None:
    emulator.inject(Fault(UPDATE, Answer(status=429, code="X", headers={"Retry-After": "60"})))
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()

    reply = change(service_of(emulator, stop=stop), batch("1.0"))

    assert reply.error is not None
    assert time.monotonic() - began < 5
    assert len(calls_of(emulator, UPDATE)) == 1


# --- Changing. -----------------------------------------------------------------------------------


def test_a_batch_is_sent_with_its_pins(emulator: Emulator) -> None:
    put_core(emulator, "1.0", "1.1", revision="r")

    reply = change(service_of(emulator), batch("1.0", "1.1", revisions={"1.0": "r", "1.1": "r"}))

    assert reply == Reply(
        successful={"1.0": State("Published", "r"), "1.1": State("Published", "r")}
    )
    (call,) = calls_of(emulator, UPDATE)
    assert call.params["expectedStatus"] == "Unlisted"
    assert call.params["versionRevisions"] == {"1.0": "r", "1.1": "r"}


@pytest.mark.parametrize("target", [Status.DISPOSED, Status.DELETED])
def test_what_has_a_call_of_its_own_goes_there(emulator: Emulator, target: Status) -> None:
    put_core(emulator, "1.0", revision="r")

    reply = change(service_of(emulator), batch("1.0", target=target, revisions={"1.0": "r"}))

    assert reply.successful == {"1.0": State(target, "r")}
    assert statuses(emulator).get("1.0", "Deleted") == target


def test_refused_versions_are_data(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    put_core(emulator, "1.1", status="Archived")

    reply = change(service_of(emulator), batch("1.0", "1.1", "1.2"))

    assert reply.successful == {}
    assert {version: failure.code for version, failure in reply.failed.items()} == {
        "1.0": "SKIPPED",
        "1.1": "MISMATCHED_STATUS",
        "1.2": "NOT_FOUND",
    }
    assert reply.error is None
    assert reply.doubt is Doubt.NONE


@pytest.mark.parametrize(
    ("effect", "doubt"),
    [
        (Drop(), Doubt.OUT),
        (Truncate(keep=10), Doubt.PAST),
        (Truncate(keep=10, announced=True), Doubt.PAST),
        (Replace(body="{}"), Doubt.PAST),
        (Replace(body="<html>gateway</html>"), Doubt.PAST),
        (Answer(status=500, code="InternalServerException"), Doubt.PAST),
        (Answer(status=502, body="<html>"), Doubt.PAST),
    ],
    ids=repr,
)
def test_a_lost_answer_leaves_doubt(emulator: Emulator, effect: object, doubt: Doubt) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(UPDATE, effect, times=1))

    reply = change(service_of(emulator), batch("1.0"))

    assert reply.doubt is doubt
    assert statuses(emulator) == {"1.0": "Published"}
    assert len(calls_of(emulator, UPDATE)) == 2


def test_an_answer_that_is_lost_for_good_is_an_error_in_doubt(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(UPDATE, Truncate(keep=10)))

    reply = change(service_of(emulator), batch("1.0"), attempts=2)

    assert reply.error is not None
    assert reply.doubt is Doubt.PAST
    assert statuses(emulator) == {"1.0": "Published"}


def test_an_answer_that_does_not_come_leaves_doubt(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(UPDATE, Delay(seconds=0.5), times=1))

    reply = change(service_of(emulator, read_timeout=0.2), batch("1.0"))

    assert reply.doubt is Doubt.OUT


def test_a_refusal_leaves_no_doubt_and_is_final_at_once(emulators: Callable[..., Emulator]) -> None:
    user = {"name": "u", "access-key-id": "AKIAEXAMPLEEXAMPLE00", "secret-access-key": "secret"}
    emulator = emulators(seed={"users": [user]})
    service, began = service_of(emulator), time.monotonic()

    reply = change(service, batch("1.0"))

    assert time.monotonic() - began < 3
    assert reply.error is not None
    assert reply.error.code == "AccessDeniedException"
    assert f"codeartifact:{UPDATE}" in reply.error.message
    assert reply.doubt is Doubt.NONE
    assert len(calls_of(emulator, UPDATE)) == 1


def test_a_connection_that_was_never_made_leaves_no_doubt(emulator: Emulator) -> None:
    reply = change(service_of(emulator, url="http://127.0.0.1:9"), batch("1.0"), attempts=1)

    assert reply.error is not None
    assert reply.doubt is Doubt.NONE


def test_a_conflict_is_left_to_who_can_read_again(emulator: Emulator) -> None:
    emulator.inject(Fault(UPDATE, Answer(status=409, code="ConflictException", message="busy")))

    reply = change(service_of(emulator), batch("1.0"))

    assert reply.error is not None
    assert reply.error.code == "ConflictException"
    assert len(calls_of(emulator, UPDATE)) == 1


def test_an_unknown_code_and_a_missing_message_pass_through(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(UPDATE, Misreport(version="1.0", error_code="TOO_PRETTY")))

    reply = change(service_of(emulator), batch("1.0"))

    assert reply.failed["1.0"].code == "TOO_PRETTY"
    assert reply.failed["1.0"].message


def test_a_version_that_the_answer_leaves_out_is_in_neither_map(emulator: Emulator) -> None:
    put_core(emulator, "1.0", "1.1")
    emulator.inject(Fault(UPDATE, Omit(version="1.0")))

    reply = change(service_of(emulator), batch("1.0", "1.1"))

    assert set(reply.successful) == {"1.1"}
    assert reply.failed == {}


@pytest.mark.parametrize(
    "body",
    [
        '{"successfulVersions": null, "failedVersions": null}',
        '{"successfulVersions": {"1.0": null}, "failedVersions": {"1.1": {}}}',
        '{"failedVersions": {"1.0": {"errorCode": 5}}}',
        '{"successfulVersions": {"1.0": {}}}',
    ],
)
def test_an_answer_of_an_odd_shape_breaks_nothing(emulator: Emulator, body: str) -> None:
    put_core(emulator, "1.0")
    emulator.inject(Fault(UPDATE, Answer(status=200, body=body)))

    reply = change(service_of(emulator), batch("1.0"), attempts=1)

    assert reply.successful.get("1.0", State("", None)).status != "Published"


def test_nuget_versions_are_known_by_either_spelling(emulators: Callable[..., Emulator]) -> None:
    emulator = emulators(switches=Switches(nuget_keys="as-sent"))
    place = {"domain": "acme", "repository": "npm-store", "format": "nuget", "package": "Lib"}
    emulator.store.put(**place, version="1.2.3.0", status="Unlisted")
    package = Package(domain="acme", repository="npm-store", format=Format.NUGET, name="lib")
    service = service_of(emulator)

    assert list(read_status(service.read(package))) == ["1.2.3"]
    assert set(change(service, batch("01.2.3.0", package=package)).successful) == {"1.2.3"}


@contextmanager
def silent_server() -> Iterator[str]:
    """Accepts connections, and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


def test_a_server_that_never_speaks_is_given_up_on(emulator: Emulator) -> None:
    with silent_server() as url:
        began = time.monotonic()
        with pytest.raises(NotAsked, match="Timeout"):
            service_of(emulator, url=url, attempts=2, read_timeout=0.2).read(CORE_PACKAGE)
        assert time.monotonic() - began < 3


def test_the_place_is_told_in_the_services_words(emulator: Emulator) -> None:
    put_core(emulator, "1.0")
    service_of(emulator).read(CORE_PACKAGE)

    (call,) = calls_of(emulator, LIST)
    assert {name: call.params[name] for name in CORE} == CORE
