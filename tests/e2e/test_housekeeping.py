"""The examples that keep domains in order, and the one for a Maven staging, on a real runner."""

import json
import time
from collections.abc import Callable

import pytest

from codeartifact_emulator import Emulator
from harness.examples import readme_roles
from workflows import EXAMPLES, Runner

DAY = 86400.0


@pytest.fixture
def account(emulators: Callable[..., Emulator]) -> Emulator:
    """An account that has the README's roles, the wide one for a second domain as well."""
    release, wide = readme_roles()
    text = json.dumps(wide["policy"])
    (statement,) = json.loads(text.replace("/acme", "/acme-labs"))["Statement"]
    wide["policy"]["Statement"].append(statement)
    return emulators(seed={"roles": [release, wide]})


def put(account: Emulator, package: str, version: str, status: str, **place: object) -> None:
    whole = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        "namespace": "acme",
        **place,
    }
    account.store.put(**whole, package=package, version=version, status=status)  # type: ignore[arg-type]


def now(account: Emulator) -> dict[str, str]:
    """The status of each version, by domain, repository and package."""
    return {
        f"{domain} {repository} {package} {version}": status
        for (domain, repository, _, _, package, version), (status, _) in (
            account.store.snapshot().items()
        )
    }


def test_a_night_plans_and_what_is_approved_is_archived(github: Runner, account: Emulator) -> None:
    for number in range(11):
        aged = time.time() - 100 * DAY
        put(account, "core", f"1.{number}.0", "Published", published=aged)
    before = now(account)

    done = github.run(EXAMPLES["retention"], event="schedule")

    assert done.exit_code == 0, done.log
    assert done.jobs == {"plan": "success", "apply": "success"}
    assert (done.seen["plan.plan"]["outcome"], done.seen["plan.plan"]["planned"]) == (
        "planned",
        "1",
    )
    assert now(account) == {**before, "acme npm-store core 1.0.0": "Archived"}
    assert github.artifact("undo-1/undo.json") is not None


def test_a_list_is_archived_in_every_domain_of_the_matrix(
    github: Runner, account: Emulator
) -> None:
    for domain in ("acme", "acme-labs"):
        put(account, "core", "1.3.0", "Published", domain=domain, repository="npm-mirror")
        put(account, "core", "1.4.0", "Published", domain=domain, repository="npm-mirror")
    text = "# compromised\npkg:npm/%40acme/core@1.3.0\npkg:npm/nowhere@1.0.0\n"
    (github.directory / "repository" / "quarantine.txt").write_text(text)
    # The emulator is one account in one region.
    workflow = json.loads(json.dumps(EXAMPLES["quarantine"]))
    acme, labs = workflow["jobs"]["quarantine"]["strategy"]["matrix"]["include"]
    labs |= {name: acme[name] for name in ("region", "role")}

    done = github.run(
        workflow,
        event="workflow_dispatch",
        inputs={"list": "quarantine.txt", "dry-run": "false"},
    )

    assert done.exit_code == 0, done.log
    assert now(account) == {
        f"{domain} npm-mirror core {version}": status
        for domain in ("acme", "acme-labs")
        for version, status in {"1.3.0": "Archived", "1.4.0": "Published"}.items()
    }
    for domain in ("acme", "acme-labs"):
        (entry,) = json.loads(str(github.artifact(f"quarantine-{domain}-1/undo.json")))
        assert (entry["repository"], entry["target-status"]) == ("npm-mirror", "Published")


def test_a_version_is_rolled_back_by_its_tag_without_an_undo(
    github: Runner, account: Emulator
) -> None:
    put(account, "core", "1.2.0", "Published")
    put(account, "core", "1.3.0", "Published")

    done = github.run(
        EXAMPLES["roll-back-version"],
        event="workflow_dispatch",
        inputs={"version": "v1.3.0", "package": "@acme/core"},
    )

    assert done.exit_code == 0, done.log
    assert done.jobs == {"show": "success", "unlist": "success"}
    assert now(account) == {
        "acme npm-store core 1.2.0": "Published",
        "acme npm-store core 1.3.0": "Unlisted",
    }
    assert github.artifact("undo-1/undo.json") is not None


def test_a_tag_publishes_what_a_staging_left_unfinished(github: Runner, account: Emulator) -> None:
    maven = {"repository": "maven-store", "format": "maven", "namespace": "com.acme"}
    for package in ("client", "server"):
        put(account, package, "1.3.0", "Unfinished", **maven)
    put(account, "client", "1.4.0", "Unfinished", **maven)

    done = github.run(EXAMPLES["publish-staged"], ref="refs/tags/v1.3.0")

    assert done.exit_code == 0, done.log
    assert done.seen["publish.publish"]["changed"] == "2"
    assert now(account) == {
        "acme maven-store client 1.3.0": "Published",
        "acme maven-store server 1.3.0": "Published",
        "acme maven-store client 1.4.0": "Unfinished",
    }
