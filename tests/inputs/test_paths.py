"""Files that inputs name: inside of the workspace, or where a job says in full."""

from pathlib import Path

import pytest

from codeartifact_status.errors import InputError
from harness.inputs import read_inputs


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory of a job with right inputs; outside of it are things to protect."""
    (tmp_path / "workspace").mkdir()
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "kept.json").write_text("kept")
    monkeypatch.chdir(tmp_path / "workspace")
    for name, value in {
        "DOMAIN": "acme", "REPOSITORY": "r1", "FORMAT": "npm", "PACKAGE": "core",
        "VERSIONS": "1.0", "TARGET-STATUS": "Published", "AWS-REGION": "eu-west-1",
    }.items():  # fmt: skip
        monkeypatch.setenv(f"INPUT_{name}", value)
    return tmp_path / "workspace"


@pytest.mark.parametrize("name", ["undo-file", "result-file"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../undo.json", "must be a relative path inside the workspace"),
        ("sub/../../undo.json", "must be a relative path inside the workspace"),
        ("/undo.json", "must be a relative path inside the workspace"),
        ("link.json", "leads outside the workspace through a link"),
        ("way-out/undo.json", "leads outside the workspace through a link"),
        ("way-out/new/undo.json", "leads outside the workspace through a link"),
        ("sub", "is a directory"),
        (".", "is a directory"),
    ],
)
def test_a_file_stays_inside_of_the_workspace(
    workspace: Path, name: str, path: str, said: str
) -> None:
    (workspace / "sub").mkdir()
    (workspace / "link.json").symlink_to(workspace.parent / "outside" / "kept.json")
    (workspace / "way-out").symlink_to(workspace.parent / "outside")
    with pytest.raises(InputError) as caught:
        read_inputs({name: path})
    (problem,) = caught.value.problems
    assert problem.name == name
    assert said in problem.text


@pytest.mark.parametrize("path", ["undo.json", "sub/undo.json", "new/dir/undo.json", "in.json"])
def test_a_path_inside_of_the_workspace_is_fine(workspace: Path, path: str) -> None:
    (workspace / "in.json").symlink_to(workspace / "other.json")
    assert read_inputs({"undo-file": path}).inputs.undo_file == path


@pytest.mark.parametrize("name", ["output-file", "summary-file"])
@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("../status.env", "must be a relative path inside the workspace"),
        ("way-out/status.env", "leads outside the workspace through a link"),
        ("sub", "is a directory"),
    ],
)
def test_a_relative_path_of_a_report_stays_inside_of_the_workspace(
    workspace: Path, name: str, path: str, said: str
) -> None:
    (workspace / "sub").mkdir()
    (workspace / "way-out").symlink_to(workspace.parent / "outside")
    with pytest.raises(InputError) as caught:
        read_inputs({name: path})
    (problem,) = caught.value.problems
    assert problem.name == name
    assert said in problem.text


@pytest.mark.parametrize(
    ("files", "name", "other"),
    [
        ({"undo-file": "a.json", "result-file": "a.json"}, "result-file", "undo-file"),
        ({"result-file": "a.json", "output-file": "./a.json"}, "output-file", "result-file"),
        ({"packages": "@undo.json", "undo-file": "undo.json"}, "undo-file", "packages"),
        ({"packages": "@link.json", "undo-file": "./undo.json"}, "undo-file", "packages"),
        ({"packages": "@undo.json", "result-file": "undo.json"}, "result-file", "packages"),
    ],
)
def test_a_step_neither_writes_a_file_twice_nor_one_that_it_reads(
    workspace: Path,
    monkeypatch: pytest.MonkeyPatch,
    files: dict[str, str],
    name: str,
    other: str,
) -> None:
    (workspace / "undo.json").write_text('[{"package": "core", "versions": ["1.0"]}]')
    (workspace / "link.json").symlink_to("undo.json")
    if "packages" in files:
        monkeypatch.delenv("INPUT_PACKAGE")
        monkeypatch.delenv("INPUT_VERSIONS")
    with pytest.raises(InputError) as caught:
        read_inputs(files)
    (problem,) = caught.value.problems
    assert (problem.name, problem.text) == (name, f"the same file as {other}")
