"""Write a release's image into ``action.yml``, or find out why that can't be done.

    pin_image.py 1.2.3                                      # could this version be released?
    pin_image.py 1.2.3 ghcr.io/owner/name@sha256:…          # and write it

It changes one line, from ``image: Dockerfile`` to ``image: docker://…@sha256:…``, and refuses
whatever else it finds there: a release is made once, by a machine, with nobody looking. It knows
nothing of git and of registries, and imports nothing but the standard library, because it runs
before anything is installed.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

VERSION = re.compile(r"(?:(?:0|[1-9][0-9]*)\.){2}(?:0|[1-9][0-9]*)(?:-rc\.[1-9][0-9]*)?")
"""Semantic versions, and of pre-releases one kind: what is needed, and what sorts as it reads."""

IMAGE = re.compile(r"ghcr\.io(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*){2,}@sha256:[0-9a-f]{64}")
"""An image by digest and not by tag: a tag can come to mean another image."""

PACKAGE = "src/codeartifact_status/__init__.py"
"""The one file that says the project's version."""

IMAGE_LINE = re.compile(r"^( *image:)[ \t]*(.*?)[ \t]*$", re.MULTILINE)


class RefusedError(Exception):
    """It can't be released like this; the text says why."""


def check_version(version: str, root: Path) -> None:
    """Raise unless this is a version, and the project's."""
    if not VERSION.fullmatch(version):
        raise RefusedError(f"{version!r} is no version such as 1.2.3 or 1.2.3-rc.1")
    package = (root / PACKAGE).read_text(encoding="utf-8")
    found = re.findall(r'^__version__ = "(.*)"$', package, re.MULTILINE)
    if found != [version]:
        said = ", ".join(found) or "none"
        raise RefusedError(f"{version} is to be released, but {PACKAGE} says {said}")


def check_action(action: str) -> None:
    """Raise unless this ``action.yml`` builds its Dockerfile, and says so in one place."""
    images = [found[2] for found in IMAGE_LINE.finditer(action)]
    if images != ["Dockerfile"]:
        raise RefusedError(f"action.yml should have one image, the Dockerfile, and has {images}")


def pinned(action: str, image: str) -> str:
    """The text of ``action.yml``, with this image for the Dockerfile."""
    check_action(action)
    if not IMAGE.fullmatch(image):
        raise RefusedError(f"{image!r} is no image by digest such as ghcr.io/owner/name@sha256:…")
    return IMAGE_LINE.sub(lambda found: f"{found[1]} docker://{image}", action)


def main(arguments: list[str], root: Path = ROOT) -> str | None:
    """Do it; return what was wrong, as ``sys.exit`` takes it."""
    file = root / "action.yml"
    action = file.read_text(encoding="utf-8")
    try:
        match arguments:
            case [version]:
                check_version(version, root)
                check_action(action)
            case [version, image]:
                check_version(version, root)
                file.write_text(pinned(action, image), encoding="utf-8")
            case _:
                return "usage: pin_image.py VERSION [IMAGE@sha256:…]"
    except RefusedError as error:
        return f"::error::{error}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
