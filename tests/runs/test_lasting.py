"""A step that outlasts its credentials: renewed where they can be, told by name where not."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from codeartifact_emulator import Emulator, Expire, Fault, Meanwhile, Reply
from harness.acting import Act
from harness.identity import ASSUME, SHORT, earlier_session, with_sessions_of
from harness.runs import Finished, calls_of, put_core, statuses

LIST = "ListPackageVersions"
UPDATE = "UpdatePackageVersionsStatus"
MANY = [f"1.0.{number}" for number in range(250)]
REFUSED = Reply(
    status=403,
    code="AccessDenied",
    message="Not authorized to perform sts:AssumeRoleWithWebIdentity",
)
ROLE_ENDED = "The session of arn:aws:iam::111122223333:role/release could not be renewed: "


def with_keys(emulator: Emulator, keys: Mapping[str, str]) -> dict[str, Any]:
    """What a step is given that has no role, but keys that an earlier step left."""
    return {"role_to_assume": None, "environment": {**emulator.environment(), **keys}}


def renewals_in(done: Finished) -> int:
    return done.stdout.count("Renewed the session of arn:aws:iam::111122223333:role/release as ")


# --- Renewed. ------------------------------------------------------------------------------------


@pytest.mark.parametrize("chained", [False, True])
def test_a_step_that_is_longer_than_its_sessions_goes_on(
    emulators: Callable[..., Emulator], act: Act, *, chained: bool
) -> None:
    emulator = with_sessions_of(SHORT, emulators, chained=chained)
    put_core(emulator, *MANY)

    done = act(
        on=emulator,
        versions=" ".join(MANY),
        concurrency="1",
        role_chaining="true" if chained else None,
        environment=emulator.environment(user=chained),
    )

    assert done.exit_code == 0
    assert {*statuses(emulator).values()} == {"Published"}
    assert renewals_in(done) >= len(calls_of(emulator, LIST, UPDATE)) == 4


def test_a_step_that_waits_for_longer_than_its_session_lasts_goes_on(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, "0.9")
    publish = Meanwhile(after=lambda _: put_core(emulator, "1.0"))
    emulator.inject(Fault(LIST, publish, times=1))

    done = act(on=emulator, versions="1.0", wait_seconds="60")

    assert done.exit_code == 0
    assert "1 version not there yet; waiting" in done.stdout
    assert statuses(emulator)["1.0"] == "Published"


def test_calls_side_by_side_share_their_sessions(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    # A call that is on its way with the session before the last one must not be refused for it.
    emulator.clear_faults()
    packages = [f"package-{number}" for number in range(30)]
    for package in packages:
        put_core(emulator, "1.0", package=package)

    done = act(
        on=emulator, package=None, packages="\n".join(f"@acme/{name}@1.0" for name in packages)
    )

    assert done.exit_code == 0
    assert done.counts == (30, 0, 0, 0)


def test_a_rollback_goes_on_with_new_sessions(emulators: Callable[..., Emulator], act: Act) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, *MANY)
    denied = Reply(status=403, code="AccessDeniedException", message="no")
    emulator.inject(Fault(UPDATE, denied, skip=2, times=1))

    done = act(on=emulator, versions=" ".join(MANY), concurrency="1", on_failure="rollback")

    assert done.exit_code == 1
    assert {*statuses(emulator).values()} == {"Unlisted"}
    assert done.undo == []


def test_what_new_sessions_are_made_of_is_in_no_log(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, *MANY)

    done = act(on=emulator, versions=" ".join(MANY), concurrency="1", debug="true")

    assert "debug: botocore.parsers" in done.stdout
    assert "AssumeRoleWithWebIdentity" not in done.unmasked
    assert len(done.secrets) > 3 * 4
    for secret in done.secrets:
        assert secret not in done.unmasked


# --- Not renewed. --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "ends_as"), [("stop", "SKIPPED"), ("continue", "ExpiredTokenException")]
)
def test_a_renewal_that_is_refused_in_the_middle_leaves_what_was_done(
    emulators: Callable[..., Emulator], act: Act, mode: str, ends_as: str
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, *MANY)
    # One for the start, one at once, one for the listing, one for the first hundred.
    emulator.inject(Fault(ASSUME, REFUSED, skip=4))

    done = act(on=emulator, versions=" ".join(MANY), concurrency="1", on_failure=mode)

    assert done.exit_code == 1
    codes = list(done.versions.values())
    assert codes[:200] == ["changed"] * 100 + ["ExpiredTokenException"] * 100
    assert {*codes[200:]} == {ends_as}
    assert done.failed[MANY[100]]["errorMessage"].startswith(ROLE_ENDED)
    (entry,) = done.undo
    assert entry["versions"] == MANY[:100]
    assert len(calls_of(emulator, ASSUME)) == 5
    assert "could not be renewed" in done.messages


def test_a_rollback_that_has_no_session_any_more_says_so_and_leaves_the_way_back(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, *MANY)
    emulator.inject(Fault(ASSUME, REFUSED, skip=4))

    done = act(on=emulator, versions=" ".join(MANY), concurrency="1", on_failure="rollback")

    assert done.exit_code == 1
    assert "100 versions could not be put back" in done.messages
    (entry,) = done.undo
    assert entry["versions"] == MANY[:100]


def test_a_renewal_that_is_refused_before_anything_was_sent_is_no_identity(
    emulators: Callable[..., Emulator], act: Act
) -> None:
    emulator = with_sessions_of(SHORT, emulators)
    put_core(emulator, "1.0")
    emulator.inject(Fault(ASSUME, REFUSED, skip=2))

    done = act(on=emulator, versions="1.0")

    assert done.exit_code == 3
    assert ROLE_ENDED in done.messages
    assert "trust policy" in done.messages
    assert not calls_of(emulator, LIST, UPDATE)
    assert done.codes == {"1.0": "SKIPPED"}


@pytest.mark.parametrize("code", ["ExpiredToken", "ExpiredTokenException", "RequestExpired"])
def test_credentials_of_the_environment_that_have_expired_are_named_and_nothing_is_sent(
    emulator: Emulator, act: Act, code: str
) -> None:
    put_core(emulator, "1.0")
    keys = earlier_session(emulator)
    emulator.inject(Fault(LIST, Reply(status=403, code=code, message="expired")))

    done = act(versions="1.0", **with_keys(emulator, keys))

    assert done.exit_code == 3
    assert (
        "AWS_SESSION_TOKEN of the environment has expired, and can't be renewed here: "
        f"{code}: expired" in done.messages
    )
    assert done.summary.count("of the environment has expired, and can't be renewed here") == 1
    assert not calls_of(emulator, UPDATE)


def test_an_expiration_that_variables_tell_changes_nothing_about_that(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0")
    keys = earlier_session(emulator)
    emulator.expire_sessions()
    told = {**keys, "AWS_CREDENTIAL_EXPIRATION": "2026-01-01T00:00:00Z"}

    done = act(versions="1.0", **with_keys(emulator, told))

    assert done.exit_code == 3
    assert "AWS_SESSION_TOKEN of the environment has expired" in done.messages


def test_credentials_of_the_environment_that_end_in_the_middle_leave_what_was_done(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, *MANY)
    keys = earlier_session(emulator)
    emulator.inject(Fault(UPDATE, Expire(), skip=1))

    done = act(versions=" ".join(MANY), concurrency="1", **with_keys(emulator, keys))

    assert done.exit_code == 1
    codes = list(done.versions.values())
    assert codes == ["changed"] * 100 + ["ExpiredTokenException"] * 100 + ["SKIPPED"] * 50
    assert done.failed[MANY[100]]["errorMessage"].startswith(
        "AWS_SESSION_TOKEN of the environment has expired, and can't be renewed here: "
    )
    (entry,) = done.undo
    assert entry["versions"] == MANY[:100]


# --- How long, and how narrow. -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("inputs", "seconds"),
    [
        ({}, 900),
        ({"timeout_seconds": "60"}, 900),
        ({"timeout_seconds": "1800"}, 1800),
        ({"timeout_seconds": "7200"}, 3600),
        ({"timeout_seconds": "7200", "role_duration_seconds": "1000"}, 1000),
    ],
)
def test_a_session_lasts_as_long_as_the_step_may_take(
    emulator: Emulator, act: Act, inputs: dict[str, str], seconds: int
) -> None:
    put_core(emulator, "1.0")

    assert act(versions="1.0", **inputs).exit_code == 0
    (call,) = calls_of(emulator, ASSUME)
    assert call.params["DurationSeconds"] == seconds


def test_a_session_policy_that_sts_finds_too_large_is_widened_step_by_step(
    emulator: Emulator, act: Act
) -> None:
    put_core(emulator, "1.0")
    message = "Packed policy consumes 157% of allotted space, please use smaller policy."
    emulator.inject(
        Fault(ASSUME, Reply(status=400, code="PackedPolicyTooLarge", message=message), times=2)
    )

    done = act(versions="1.0")

    assert done.exit_code == 0
    first, second, third = (call.params["Policy"] for call in calls_of(emulator, ASSUME))
    assert "/npm-store/npm/acme/core" in first
    assert "/*/npm/acme/core" in second
    assert "/*/npm/acme/*" in third
    assert done.stdout.count(f"STS refused the session policy: {message} Trying one that") == 2
