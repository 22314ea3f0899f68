"""Seeds, right and wrong."""

from pathlib import Path

import pytest

from codeartifact_emulator import (
    Emulator,
    SeedError,
)
from codeartifact_emulator.seed import plant
from harness.asking import ask
from harness.clients import CORE


def state(emulator: Emulator) -> dict[str, str]:
    return {key[-1]: status for key, (status, _) in emulator.store.snapshot().items()}


@pytest.mark.parametrize(
    ("seed", "complaint"),
    [
        ("domain: {}", "seed: unknown: domain"),
        ("account: '1'\naccount: '2'", "line 2: the key account is given twice"),
        ("switches: {same-status: maybe}", "switches.same-status: one of success, NOT_ALLOWED"),
        ("faults: [{operation: x, effect: boom}]", "faults[0].effect: one of reply"),
        (
            (
                "domains: {acme: {repositories: {r: {packages: [{format: npm, package: a, "
                "versions: {1.0: Retired}}]}}}}"
            ),
            "domains.acme.repositories.r.packages[0].versions.1.0: 'Retired'",
        ),
        (
            "roles: [{name: r, trust: {}}]",
            "roles[0].trust: MalformedPolicyDocument",
        ),
        ("roles: [{name: r, arn: a, trust: {}}]", "roles[0]: a role has either a name or an arn"),
        ("roles: [{name: r}]", "roles[0]: trust is missing"),
        (
            "users: [{name: u, access-key-id: a, secret-access-key: b, policy: {Statement: x}}]",
            "users[0].policy: MalformedPolicyDocument: Syntax errors",
        ),
        ("domains: []", "domains: a mapping is expected"),
        ("users: {}", "users: a list is expected"),
        ("faults: [{effect: drop}]", "faults[0]: operation is missing"),
        ("faults: [{operation: x, effect: delay, seconds: soon}]", "faults[0].seconds: a number"),
        ("switches: {partial-success: perhaps}", "switches.partial-success: true or false"),
        (
            "domains: {acme: {repositories: {r: {packages: [{format: npm}]}}}}",
            "domains.acme.repositories.r.packages[0]: package is missing",
        ),
        ("users: [{name: u}]", "users[0].access-key-id: text is expected"),
        ("[", "while parsing"),
    ],
)
def test_a_wrong_seed_is_refused_with_the_place(tmp_path: Path, seed: str, complaint: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(seed, encoding="utf-8")
    with pytest.raises(SeedError) as refused:
        plant(path)
    assert complaint in str(refused.value)


@pytest.mark.parametrize("text", ["", "domains:", "domains: {acme:}", "users: []\nroles:"])
def test_what_is_empty_in_a_seed_is_empty(tmp_path: Path, text: str) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(text, encoding="utf-8")
    assert plant(path).store.snapshot() == {}


def test_scalars_in_a_seed_are_text(tmp_path: Path) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(
        "domains: {acme: {repositories: {npm-store: {packages: "
        "[{format: npm, namespace: acme, package: core, versions: {1.10: Published, "
        "1e3: {status: Unlisted, published: 2026-01-31T12:00:00Z}}}]}}}}",
        encoding="utf-8",
    )
    with Emulator.start(seed=path) as emulator:
        assert state(emulator) == {"1.10": "Published", "1e3": "Unlisted"}
        described = ask(emulator.store, "DescribePackageVersion", **CORE, package_version="1e3")
        assert described["packageVersion"]["publishedTime"] == 1769860800
