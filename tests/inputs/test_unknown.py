"""Inputs that this action doesn't have."""

import pytest

from codeartifact_status.errors import InputError
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.reading import Step, read
from codeartifact_status.inputs.sources import kebab
from codeartifact_status.inputs.unknown import ELSEWHERE, problem_with

KNOWN = {kebab(name) for name in Inputs.model_fields}
GOOD = {
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "package": "core",
    "versions": "1.0",
    "target-status": "Published",
    "aws-region": "eu-west-1",
}


def read_with(*, on_github: bool, **given: str) -> Step:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {**GOOD, **given}.items():
            patch.setenv(f"INPUT_{name.upper().replace('_', '-')}", value)
        step = read(None, ref="", on_github=on_github)
    step.check()
    return step


@pytest.mark.parametrize("name", sorted(ELSEWHERE))
def test_an_input_of_other_actions_is_told_as_what_it_is_here(name: str) -> None:
    said = problem_with(name, on_github=True)
    assert said == f"there is no such input; did you mean {ELSEWHERE[name]}?"
    assert ELSEWHERE[name] in KNOWN
    assert name not in KNOWN


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("min-versions-to-keep", "keep-latest"),
        ("ignore-versions", "exclude-versions"),
        ("ignored-version-names", "exclude-versions"),
        ("keep-n-most-recent", "keep-latest"),
        ("keep-at-least", "keep-latest"),
        ("skip-tags", "exclude-versions"),
        ("keep-n-tagged", "keep-latest"),
        ("exclude-tags", "exclude-versions"),
        ("keep", "keep-latest"),
        ("exclude", "exclude-versions"),
        ("ignore", "exclude-versions"),
        ("keep-last", "keep-latest"),
        ("keep-versions", "keep-latest"),
        ("skip-versions", "exclude-versions"),
        ("protected-versions", "exclude-versions"),
        ("retain-count", "keep-latest"),
        ("ignore-packages", "exclude-packages"),
        ("skip-package-names", "exclude-packages"),
    ],
)
def test_a_word_that_holds_back_is_not_told_as_its_opposite(name: str, meant: str) -> None:
    said = problem_with(name, on_github=True)
    assert said == f"there is no such input; did you mean {meant}?"


@pytest.mark.parametrize("name", ["min_age", "cut_off", "ignore_versions", "anything", "x"])
def test_on_github_any_unknown_input_is_wrong(name: str) -> None:
    with pytest.raises(InputError) as caught:
        read_with(on_github=True, **{name: "30d"})
    (problem,) = caught.value.problems
    assert problem.name == kebab(name)
    assert problem.text.startswith("there is no such input")


@pytest.mark.parametrize("name", ["min_age", "ignore_versions", "region", "anything"])
def test_elsewhere_it_may_be_somebody_elses(name: str) -> None:
    step = read_with(on_github=False, **{name: "30d"})
    assert step.warnings == (f"{kebab(name)} is not an input of this action; it was ignored.",)


@pytest.mark.parametrize("on_github", [True, False])
def test_near_a_known_one_it_is_a_slip_everywhere(*, on_github: bool) -> None:
    with pytest.raises(InputError) as caught:
        read_with(on_github=on_github, exclude_version="x")
    assert [str(problem) for problem in caught.value.problems] == [
        "exclude-version: there is no such input; did you mean exclude-versions?"
    ]


@pytest.mark.parametrize("on_github", [True, False])
@pytest.mark.parametrize("empty", ["", " ", "\n"])
def test_an_empty_one_is_absent(*, on_github: bool, empty: str) -> None:
    assert read_with(on_github=on_github, min_age=empty, region=empty).warnings == ()


def test_what_the_runner_itself_sets_is_not_unknown() -> None:
    assert read_with(on_github=True, args="x", entrypoint="y").warnings == ()
