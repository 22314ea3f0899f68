"""The cases: what is documented, asserted; what is not, asked.

UG is the CodeArtifact User Guide (page in brackets), model the service model that botocore ships.
A case has a package of its own, with nothing in it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from conformance.ground import Ground

Body: TypeAlias = Callable[[Ground], str]
"""Gives the answer in a few words; of a documented case, what is wrong, or nothing."""

ABSENT = "9.9.9"
WRONG = "25/UjBleHs1DZewk+zozoeqH/R80Rc9gL1P8vbzVMJ="


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One case. What is documented has a source; what is asked may be a switch of the emulator."""

    name: str
    body: Body
    source: str = ""
    switch: str = ""


CASES: list[Case] = []


def documented(source: str) -> Callable[[Body], Body]:
    """Assert what a page says."""

    def add(body: Body) -> Body:
        CASES.append(Case(name=_name(body), body=body, source=source))
        return body

    return add


def asked(switch: str = "") -> Callable[[Body], Body]:
    """Ask what no page says; the answer is the value of a switch, if there is one for it."""

    def add(body: Body) -> Body:
        CASES.append(Case(name=_name(body), body=body, switch=switch))
        return body

    return add


def _name(body: Body) -> str:
    return body.__name__.replace("_", "-")


def _wrong(*facts: tuple[str, object, object]) -> str:
    """Say what is not as it should be: what it is of, what it is, what it should be."""
    return "; ".join(
        f"{name}: {found!r}, not {wanted!r}" for name, found, wanted in facts if found != wanted
    )


# --- Documented. ---------------------------------------------------------------------------------


@documented("UG update-package-version-status, first example")
def a_change_gives_the_new_status_and_the_old_revision(at: Ground) -> str:
    revision = at.publish("1.0.0")
    answer = at.update("1.0.0", to="Archived")
    return _wrong(
        ("successful", answer.successful, {"1.0.0": {"revision": revision, "status": "Archived"}}),
        ("failed", answer.output.get("failedVersions"), {}),
    )


@documented("model, PublishPackageVersion; UG maven-curl")
def an_unfinished_version_can_be_published(at: Ground) -> str:
    at.publish("1.0.0", unfinished=True)
    before = at.statuses()
    at.update("1.0.0", to="Published")
    return _wrong(
        ("before", before, {"1.0.0": "Unfinished"}),
        ("after", at.statuses(), {"1.0.0": "Published"}),
    )


@documented("UG packages-overview, Archived")
def an_archived_version_can_come_back(at: Ground) -> str:
    at.publish("1.0.0")
    at.update("1.0.0", to="Archived")
    at.update("1.0.0", to="Unlisted")
    first = at.statuses()
    at.update("1.0.0", to="Archived")
    at.update("1.0.0", to="Published")
    return _wrong(
        ("to Unlisted", first, {"1.0.0": "Unlisted"}),
        ("to Published", at.statuses(), {"1.0.0": "Published"}),
    )


@documented("UG update-package-version-status, expected status")
def a_mismatched_status_is_told_of_every_version(at: Ground) -> str:
    at.publish("1.0.0", "1.0.1")
    answer = at.update("1.0.0", "1.0.1", to="Archived", expectedStatus="Unlisted")
    text = "current status: Published, expected status: Unlisted"
    return _wrong(
        ("codes", {answer.failed(v) for v in ("1.0.0", "1.0.1")}, {"MISMATCHED_STATUS"}),
        ("message", answer.said("1.0.0"), text),
        ("statuses", set(at.statuses().values()), {"Published"}),
    )


@documented("UG update-package-version-status, revisions")
def a_mismatched_revision_is_told_with_both(at: Ground) -> str:
    revision = at.publish("1.0.0")
    answer = at.update("1.0.0", to="Archived", versionRevisions={"1.0.0": WRONG})
    text = f"current revision: {revision}, expected revision: {WRONG}"
    return _wrong(
        ("code", answer.failed("1.0.0"), "MISMATCHED_REVISION"),
        ("message", answer.said("1.0.0"), text),
    )


@documented("UG packages-overview, Disposed; UG delete-package")
def a_disposed_version_can_only_be_deleted(at: Ground) -> str:
    revision = at.publish("1.0.0")
    disposed = at.dispose("1.0.0")
    back = at.update("1.0.0", to="Published")
    deleted = at.delete("1.0.0")
    gone = {"1.0.0": {"revision": revision, "status": "Deleted"}}
    return _wrong(
        ("disposed", disposed.successful, {"1.0.0": {"revision": revision, "status": "Disposed"}}),
        ("back", dict(back.successful), {}),
        ("deleted", deleted.successful, gone),
    )


@documented("UG packages-overview; model, DeletePackageVersions")
def only_a_deleted_version_can_be_published_again(at: Ground) -> str:
    at.publish("1.0.0")
    at.update("1.0.0", to="Archived")
    try:
        at.publish("1.0.0")
    except at.client.exceptions.ConflictException:
        refused = True
    else:
        refused = False
    at.delete("1.0.0")
    at.publish("1.0.0")
    return _wrong(
        ("refused over Archived", refused, True), ("again", at.statuses(), {"1.0.0": "Published"})
    )


@documented("UG list-packages-versions")
def a_listing_is_filtered_by_one_status(at: Ground) -> str:
    at.publish("1.0.0", "1.0.1")
    at.update("1.0.1", to="Archived")
    return _wrong(("Archived", at.statuses(status="Archived"), {"1.0.1": "Archived"}))


@documented("UG upstream-repo-api-behavior")
def a_package_that_is_not_there_is_a_404(at: Ground) -> str:
    answer = at.list()
    return _wrong(
        ("code", answer.code, "ResourceNotFoundException"), ("resource", answer.resource, "package")
    )


@documented("model, PackageVersionList")
def a_call_takes_100_versions_at_most(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update(*(f"1.0.{n}" for n in range(101)), to="Archived")
    return _wrong(("code", answer.code, "ValidationException"))


@documented("UG update-package-version-status: Unfinished is not permitted")
def nothing_becomes_unfinished_again(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update("1.0.0", to="Unfinished")
    return _wrong(
        ("successful", dict(answer.successful), {}),
        ("statuses", at.statuses(), {"1.0.0": "Published"}),
    )


# --- Asked: the emulator has a switch for these. -------------------------------------------------


def _partial(at: Ground, change: Callable[..., object]) -> str:
    """Change one version that is as expected and one that isn't."""
    at.publish("1.0.0", "1.0.1")
    at.update("1.0.1", to="Unlisted")
    change("1.0.0", "1.0.1", expectedStatus="Published")
    return "false" if at.statuses().get("1.0.0") == "Published" else "true"


@asked("partial-success")
def does_an_update_change_some_where_others_fail(at: Ground) -> str:
    return _partial(at, lambda *versions, **asked: at.update(*versions, to="Archived", **asked))


@asked("partial-dispose")
def does_a_disposal_dispose_of_some_where_others_fail(at: Ground) -> str:
    return _partial(at, at.dispose)


@asked("partial-delete")
def does_a_deletion_delete_some_where_others_fail(at: Ground) -> str:
    return _partial(at, at.delete)


@asked("same-status")
def is_the_status_that_a_version_has_a_success(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update("1.0.0", to="Published")
    return "success" if "1.0.0" in answer.successful else answer.failed("1.0.0") or answer.code


def _missing(code: str, failed: str) -> str:
    return "404" if code == "ResourceNotFoundException" else failed or code


@asked("absent-version")
def what_is_a_version_that_is_not_there(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update(ABSENT, to="Archived")
    return _missing(answer.code, answer.failed(ABSENT))


@asked("illegal-target")
def what_is_a_target_that_an_update_cannot_have(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update("1.0.0", to="Disposed")
    return "400" if answer.code == "ValidationException" else answer.failed("1.0.0") or answer.code


@asked("unfinished-to-hidden")
def can_an_unfinished_version_be_unlisted(at: Ground) -> str:
    at.publish("1.0.0", unfinished=True)
    answer = at.update("1.0.0", to="Unlisted")
    return "success" if "1.0.0" in answer.successful else answer.failed("1.0.0") or answer.code


@asked("first-mismatch")
def which_mismatch_is_told_first(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update(
        "1.0.0", to="Archived", expectedStatus="Unlisted", versionRevisions={"1.0.0": WRONG}
    )
    told = answer.failed("1.0.0")
    return told.removeprefix("MISMATCHED_").lower() or answer.code


@asked("partial-revisions")
def may_revisions_be_given_for_some_versions(at: Ground) -> str:
    at.publish("1.0.0")
    revision = at.publish("1.0.1")
    answer = at.update("1.0.0", "1.0.1", to="Archived", versionRevisions={"1.0.1": revision})
    return "400" if answer.code == "ValidationException" else answer.code or "accepted"


@asked("foreign-namespace")
def what_is_a_namespace_where_the_format_has_none(at: Ground) -> str:
    # Only read: nothing is made in this format.
    answer = at.list(format="pypi")
    codes = {"ValidationException": "400", "ResourceNotFoundException": "404"}
    return codes.get(answer.code, answer.code)


@asked("unfiltered-list")
def does_a_listing_hold_archived_versions(at: Ground) -> str:
    at.publish("1.0.0", "1.0.1")
    at.update("1.0.1", to="Archived")
    return "all" if "1.0.1" in at.statuses() else "without-archived"


@asked("emptied-package")
def is_a_package_there_without_versions(at: Ground) -> str:
    at.publish("1.0.0")
    at.delete("1.0.0")
    return "absent" if at.list().code == "ResourceNotFoundException" else "kept"


# --- Asked: there is no switch, and a difference is worth an issue. ------------------------------


@asked()
def what_is_said_of_a_version_that_is_not_there(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update(ABSENT, to="Archived")
    return answer.said(ABSENT) or answer.message


@asked()
def what_is_a_call_without_versions(at: Ground) -> str:
    at.publish("1.0.0")
    return at.update(to="Archived").code or "accepted"


@asked()
def what_becomes_of_a_version_that_is_given_twice(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update("1.0.0", "1.0.0", to="Archived")
    return answer.code or answer.failed("1.0.0") or "changed once"


@asked()
def with_what_does_an_update_of_a_disposed_version_fail(at: Ground) -> str:
    at.publish("1.0.0")
    at.dispose("1.0.0")
    answer = at.update("1.0.0", to="Published")
    return answer.code or answer.failed("1.0.0")


@asked()
def can_a_disposed_version_be_disposed_of_again(at: Ground) -> str:
    at.publish("1.0.0")
    at.dispose("1.0.0")
    answer = at.dispose("1.0.0")
    return answer.code or answer.failed("1.0.0") or "success"


@asked()
def can_an_unfinished_version_be_archived(at: Ground) -> str:
    at.publish("1.0.0", unfinished=True)
    answer = at.update("1.0.0", to="Archived")
    return answer.code or answer.failed("1.0.0") or "success"


@asked()
def does_a_skipped_version_say_so(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.update("1.0.0", ABSENT, to="Archived")
    return f"{answer.failed('1.0.0')}: {answer.said('1.0.0')}"


@asked()
def which_version_is_displayed_where_the_newest_is_archived(at: Ground) -> str:
    at.publish("1.0.0", "1.0.1")
    at.update("1.0.1", to="Archived")
    return str(at.list().output.get("defaultDisplayVersion"))


@asked()
def what_is_said_of_a_description_that_is_not_there(at: Ground) -> str:
    at.publish("1.0.0")
    answer = at.call("describe_package_version", packageVersion=ABSENT)
    return f"{answer.code} {answer.resource}"
