"""What release tools print goes in as it is.

The documents have the shapes that the tools' own sources and tests show, as named beside each.
"""

import json
from typing import Any

import pytest

from codeartifact_status.errors import InputError
from codeartifact_status.formats.names import package_title
from codeartifact_status.inputs.reading import Step
from harness.inputs import read_inputs

PACKED: dict[str, Any] = {
    "size": 251,
    "unpackedSize": 233,
    "shasum": "cf4a6657f230ddf5375102bafc8f5184002a620a",
    "integrity": "sha512-Qra/YIkAxVavs3tumB/svugHLY5CISujdeUcMd2FfvtVkjEEsVAEYbqZTq0ixnkvjVrLr27m",
    "filename": "acme-core-1.2.3.tgz",
    "files": [{"path": "package.json", "size": 233, "mode": 420}],
    "entryCount": 1,
    "bundled": [],
}


def packed(name: str, version: str) -> dict[str, Any]:
    """What npm tells of a tarball (npm/cli, lib/utils/tar.js)."""
    return {"id": f"{name}@{version}", "name": name, "version": version, **PACKED}


CORE, UI = packed("@acme/core", "1.2.3"), packed("ui", "2.0.0")
DEPENDENT = {
    "source": "ui",
    "target": "@acme/core",
    "type": "static",
    "dependencyCollection": "dependencies",
    "rawVersionSpec": "1.0.0",
}
NX = {
    "@acme/core": {
        "currentVersion": "1.2.2",
        "newVersion": "1.2.3",
        "dockerVersion": None,
        "dependentProjects": [DEPENDENT],
    },
    "ui": {"currentVersion": "1.9.0", "newVersion": "2.0.0", "dependentProjects": []},
    "icons": {"currentVersion": "1.0.0", "newVersion": None, "dependentProjects": []},
}
PLAN = {
    "changesets": [
        {
            "releases": [{"name": "@acme/core", "type": "minor"}],
            "summary": "This is a summary",
            "id": "brave-cats-run",
        }
    ],
    "releases": [
        {
            "name": "@acme/core",
            "type": "patch",
            "oldVersion": "1.2.2",
            "changesets": ["brave-cats-run"],
            "newVersion": "1.2.3",
        },
        {
            "name": "ui",
            "type": "major",
            "oldVersion": "1.9.0",
            "changesets": [],
            "newVersion": "2.0.0",
        },
        {
            "name": "icons",
            "type": "none",
            "oldVersion": "1.0.0",
            "changesets": [],
            "newVersion": "1.0.0",
        },
    ],
    "preState": {"mode": "pre", "tag": "next", "initialVersions": {}, "changesets": []},
}
LISTED = [
    {"name": "@acme/core", "version": "1.2.3", "private": False, "location": "/w/packages/core"},
    {"name": "site", "version": "1.0.0", "private": True, "location": "/w/packages/site"},
    {"name": "ui", "version": "2.0.0", "private": False, "location": "/w/packages/ui"},
]
PUBLISHED = [{"name": "@acme/core", "version": "1.2.3"}, {"name": "ui", "version": "2.0.0"}]

NPM = {
    # changesets/action v1: publishedPackages, v2: published-packages (src/run.ts)
    "changesets/action": json.dumps(PUBLISHED, separators=(",", ":")),
    # changesets, packages/cli/src/commands/status/index.ts and its tests
    "changeset status --output": json.dumps(PLAN, indent=2),
    # lerna, libs/commands/publish: the summary is JSON of packageName and version
    "lerna publish --summary-file": json.dumps(
        [{"packageName": one["name"], "version": one["version"]} for one in PUBLISHED]
    ),
    # lerna, libs/commands/list/src/lib/list-command.spec.ts
    "lerna ls --json --all": json.dumps(LISTED, indent=2),
    "lerna ls --ndjson --all": "\n".join(map(json.dumps, LISTED)),
    # pnpm up to 10, and 11.0.7 with what npm tells (releasing, recursivePublish and its changelog)
    "pnpm publish -r --report-summary, 10": json.dumps({"publishedPackages": PUBLISHED}, indent=2),
    "pnpm publish -r --report-summary, 11": json.dumps({"publishedPackages": [CORE, UI]}),
    "pnpm publish -r --json": json.dumps([CORE, UI], indent=2),
    # npm/cli, tap-snapshots/test/lib/commands/publish.js.test.cjs; any since 11.16
    "npm publish --json --workspaces": json.dumps({"@acme/core": CORE, "ui": UI}, indent=2),
    # one run after the other
    "npm publish --json, twice": f"{json.dumps(CORE, indent=2)}\n{json.dumps(UI, indent=2)}\n",
    "npm 11.16 publish --json, twice": "\n".join(
        json.dumps({one["name"]: one}, indent=2) for one in (CORE, UI)
    ),
    # npm/cli, tap-snapshots/test/lib/commands/pack.js.test.cjs
    "npm pack --json": json.dumps([CORE, UI], indent=2),
    "npm pack --json, by name": json.dumps({"@acme/core": CORE, "ui": UI}),
    # nrwl/nx, packages/nx/src/command-line/release/utils/shared.ts: VersionData
    "nx release, projectsVersionData": json.dumps(NX),
    "nx release, releaseVersion()": json.dumps(
        {"workspaceVersion": "2.0.0", "projectsVersionData": NX, "releaseGraph": {}}
    ),
}  # fmt: skip


def read(document: str, **given: str) -> Step:
    step: dict[str, str | None] = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        "target_status": "Published",
        "aws_region": "eu-west-1",
        "packages": document,
    }
    return read_inputs({**step, **given})


def asked(step: Step) -> list[tuple[str, tuple[str, ...]]]:
    return [(package_title(request.package), request.versions) for request in step.requests]


@pytest.mark.parametrize("tool", NPM)
def test_what_a_tool_of_npm_prints_goes_in_as_it_is(tool: str) -> None:
    step = read(NPM[tool])
    assert asked(step) == [("@acme/core", ("1.2.3",)), ("ui", ("2.0.0",))]
    assert step.warnings == ()


PASSED = "packages: ignored these keys: "


@pytest.mark.parametrize(
    ("tool", "notes"),
    [
        ("changesets/action", ()),
        ("lerna publish --summary-file", ()),
        ("pnpm publish -r --report-summary, 10", ()),
        (
            "changeset status --output",
            (
                f'{PASSED}"changesets", "preState", "oldVersion"',
                'packages: skipped, because its release is of type none: 1 entry, "icons"',
            ),
        ),
        (
            "lerna ls --json --all",
            (
                f'{PASSED}"location"',
                'packages: skipped, because it is private: 1 entry, "site"',
            ),
        ),
        (
            "nx release, projectsVersionData",
            (
                f'{PASSED}"currentVersion", "dockerVersion", "dependentProjects"',
                'packages: skipped, because it has no new version: 1 entry, "icons"',
            ),
        ),
        (
            "npm pack --json",
            (f"{PASSED}{', '.join(json.dumps(key) for key in ('id', *PACKED))}",),
        ),
    ],
)
def test_what_means_nothing_is_said_once(tool: str, notes: tuple[str, ...]) -> None:
    assert read(NPM[tool]).notes == notes


@pytest.mark.parametrize(
    "document",
    ["[]", '{"publishedPackages": []}', '{"changesets": [], "releases": []}', '{"ui": null}',
     '[{"name": "site", "version": "1.0.0", "private": true}]',
     '{"ui": {"currentVersion": "1.0.0", "newVersion": null, "dependentProjects": []}}'],
)  # fmt: skip
def test_where_a_tool_released_nothing_there_is_nothing_to_do(document: str) -> None:
    assert asked(read(document)) == []


RELEASED = {"package_name": "my-package", "version": "0.1.0"}
CARGO = [
    # release-plz, website/docs/github/output.md: releases of the action, of the command, and pr
    [{**RELEASED, "prs": [{"html_url": "https://example.com/1", "number": 1}], "tag": "v0.1.0"}],
    {"releases": [{**RELEASED, "prs": [], "tag": "my-package-v0.1.0"}]},
    {
        "base_branch": "main",
        "head_branch": "release-plz-2024-05-01T20-38-05Z",
        "html_url": "https://example.com/198",
        "number": 198,
        "releases": [RELEASED],
    },
]


@pytest.mark.parametrize("document", CARGO)
def test_what_release_plz_prints_goes_in_as_it_is(document: object) -> None:
    assert asked(read(json.dumps(document), format="cargo")) == [("my-package", ("0.1.0",))]


def test_a_component_of_cyclonedx_goes_in_as_it_is() -> None:
    component = {
        "type": "library",
        "bom-ref": "pkg:npm/%40acme/core@1.2.3",
        "group": "@acme",
        "name": "core",
        "version": "1.2.3",
        "purl": "pkg:npm/%40acme/core@1.2.3",
        "licenses": [{"license": {"id": "MIT"}}],
    }
    assert asked(read(json.dumps([component]), namespace="other")) == [("@acme/core", ("1.2.3",))]


def test_a_bill_of_materials_is_no_list_of_what_was_released() -> None:
    bom = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"name": "left-pad"}]}
    with pytest.raises(InputError, match='the list is under "components"; give just that list'):
        read(json.dumps(bom))
