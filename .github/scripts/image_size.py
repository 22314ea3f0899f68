"""Say what an image weighs, layer by layer, and fail if that is too much.

    image_size.py image.tar 64 >> "$GITHUB_STEP_SUMMARY"

The archive is an OCI layout, as ``docker buildx build --output type=oci,dest=image.tar`` writes it:
the sizes are those of the compressed layers, which is what a registry keeps and a job pulls.
"""

import json
import sys
import tarfile
from typing import Any

MEGABYTE = 1_000_000
LONGEST = 80


def read(archive: tarfile.TarFile, name: str) -> Any:
    """A JSON document of the archive."""
    file = archive.extractfile(name)
    if file is None:
        raise KeyError(name)
    with file:
        return json.load(file)


def blob(archive: tarfile.TarFile, descriptor: dict[str, Any]) -> Any:
    """The document that a descriptor points to."""
    return read(archive, "blobs/" + descriptor["digest"].replace(":", "/"))


def layers(archive: tarfile.TarFile) -> list[tuple[int, str]]:
    """Every layer, from the base upwards: its size, and what made it."""
    manifest = read(archive, "index.json")
    # An image of several platforms, or with attestations, has an index on top of an index.
    while "layers" not in manifest:
        manifest = blob(archive, manifest["manifests"][0])
    history = [
        step.get("created_by", "")
        for step in blob(archive, manifest["config"]).get("history", ())
        if not step.get("empty_layer")
    ]
    sizes = [layer["size"] for layer in manifest["layers"]]
    # Builders may leave the history out; what counts is the sizes.
    made_by = history if len(history) == len(sizes) else ["unknown"] * len(sizes)
    return list(zip(sizes, made_by, strict=True))


def shown(text: str) -> str:
    """A command as one cell of a table."""
    text = " ".join(text.split()).replace("|", "\\|").replace("`", "'")
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def table(weights: list[tuple[int, str]], budget: float) -> str:
    """The summary: the sum and the budget, then every layer."""
    total = weight(weights)
    verdict = "within" if total <= budget else "**above**"
    lines = [
        f"### Image: {total:.1f} MB compressed, {verdict} the budget of {budget:g} MB",
        "",
        "| MB | layer |",
        "| ---: | --- |",
        *(f"| {size / MEGABYTE:.1f} | `{shown(made_by)}` |" for size, made_by in weights),
    ]
    return "\n".join(lines)


def weight(weights: list[tuple[int, str]]) -> float:
    """All layers together, in megabytes."""
    return sum(size for size, _ in weights) / MEGABYTE


def main(file: str, budget: float) -> str | None:
    """Print the summary; return what is wrong, as ``sys.exit`` takes it."""
    with tarfile.open(file) as archive:
        weights = layers(archive)
    print(table(weights, budget))
    if weight(weights) > budget:
        return f"::error::The image has {weight(weights):.1f} MB, {budget:g} are allowed"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], float(sys.argv[2])))
