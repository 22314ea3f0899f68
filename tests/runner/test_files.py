"""Files that a step writes."""

from pathlib import Path

import pytest

from codeartifact_status.runner import files


def test_a_file_is_never_written_through_a_link_that_was_planted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("secrets.token_hex", lambda _: "guessed")
    (tmp_path / "victim").write_text("as it was", encoding="utf-8")
    (tmp_path / ".status.env.guessed").symlink_to(tmp_path / "victim")

    with pytest.raises(FileExistsError):
        files.write("status.env", "OUTCOME=changed\n")

    assert (tmp_path / "victim").read_text(encoding="utf-8") == "as it was"
