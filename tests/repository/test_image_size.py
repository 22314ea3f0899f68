"""The size of the image, as ``image_size.py`` finds it in an archive and holds it to a budget."""

import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


def archive(path: Path, *sizes: int) -> Path:
    """An image as buildx writes it, of layers of these sizes in megabytes, with what is on top."""
    platforms = [{"digest": "sha256:amd64"}, {"digest": "sha256:sbom"}]
    documents: dict[str, Any] = {
        "index.json": {"manifests": [{"digest": "sha256:index"}]},
        "blobs/sha256/index": {"manifests": platforms},
        "blobs/sha256/amd64": {
            "config": {"digest": "sha256:config"},
            "layers": [{"size": size * 1_000_000} for size in sizes],
        },
        "blobs/sha256/config": {
            "history": [
                {"created_by": "ENV PATH=/usr/bin", "empty_layer": True},
                *({"created_by": f"RUN one |  `{size}` # " + "x" * 99} for size in sizes),
            ]
        },
    }  # fmt: skip
    with tarfile.open(path, "w") as file:
        for name, document in documents.items():
            content = json.dumps(document).encode()
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            file.addfile(entry, io.BytesIO(content))
    return path


def weigh(image: Path, budget: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / ".github" / "scripts" / "image_size.py"
    return subprocess.run(
        [sys.executable, "-I", script, image, budget], capture_output=True, text=True, check=False
    )


def test_an_image_is_weighed_layer_by_layer(tmp_path: Path) -> None:
    done = weigh(archive(tmp_path / "image.tar", 44, 9), "64")

    assert (done.returncode, done.stderr) == (0, "")
    title, _, _, _, *rows = done.stdout.splitlines()
    assert title == "### Image: 53.0 MB compressed, within the budget of 64 MB"
    assert [row[: row.index("x")] for row in rows] == [
        "| 44.0 | `RUN one \\| '44' # ",
        "| 9.0 | `RUN one \\| '9' # ",
    ]
    assert all(row.endswith("…` |") for row in rows)


def test_an_image_above_its_budget_fails_and_is_shown_all_the_same(tmp_path: Path) -> None:
    done = weigh(archive(tmp_path / "image.tar", 44, 21), "64")

    assert done.returncode == 1
    assert done.stderr == "::error::The image has 65.0 MB, 64 are allowed\n"
    assert "**above** the budget" in done.stdout
