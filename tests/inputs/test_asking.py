"""What generally is behind a missing package or tag is said where it happens: on GitHub."""

import pytest

from codeartifact_status.errors import InputError
from codeartifact_status.inputs.reading import read

GUARD = "guard the step, for example with `if: steps.changesets.outputs.published == 'true'`"
CHOOSE = "; to run it by hand, choose the tag in Run workflow"


def problems(*, on_github: bool, ref: str = "", **given: str) -> list[str]:
    step = {
        "domain": "acme",
        "repository": "npm-store",
        "format": "npm",
        "target-status": "Published",
        "aws-region": "eu-west-1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**step, **given}.items():
            patch.setenv(f"INPUT_{name.upper().replace('_', '-')}", value)
        found = read(None, ref=ref, on_github=on_github)
    with pytest.raises(InputError) as caught:
        found.check()
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("empty", ["", " \n"])
def test_an_empty_list_of_packages_is_an_absent_one_and_said_to_be_empty(empty: str) -> None:
    (said,) = problems(on_github=True, packages=empty, versions="1.0")
    assert said.startswith("package: it is required, unless packages gives it; ")
    assert said.endswith(GUARD)


def test_elsewhere_there_is_no_if() -> None:
    found = problems(on_github=False, packages="", versions="1.0")
    assert found == ["package: it is required, unless packages gives it"]


def test_an_entry_without_a_package_is_no_empty_expression() -> None:
    (said,) = problems(on_github=True, packages="[{version: 1.0}]")
    assert said == "packages, entry 1: package: it is required"


@pytest.mark.parametrize(
    ("ref", "hint"), [("refs/heads/main", CHOOSE), ("", CHOOSE), ("refs/tags/nightly", "")]
)
def test_the_way_out_of_a_run_without_a_tag_is_to_choose_one(ref: str, hint: str) -> None:
    given = {"package": "core", "version_from_tag": "v{version}", "ref": ref}
    (elsewhere,) = problems(on_github=False, **given)
    (on_github,) = problems(on_github=True, **given)
    assert elsewhere.startswith('version-from-tag: "v{version}": ')
    assert on_github == elsewhere + hint


def test_a_pattern_is_no_package() -> None:
    document = '[{"package": "a*", "version": "1"}, {"package": "b?", "versions": ["1"]}]'
    assert problems(on_github=True, packages=document) == [
        f'packages, entry {number}: package: must be one name (got "{name}"); for a pattern, use '
        "packages-matching"
        for number, name in ((1, "a*"), (2, "b?"))
    ]
