"""What a release writes into the tree, and whether it can be made at all.

    release.py version 1.3.0                         # for main: raise the version
    release.py check 1.3.0 owner/name                # could this repository release this version?
    release.py fill owner/name [ghcr.io/…@sha256:…]  # name who publishes it, and the image
    release.py notes 1.3.0                           # print what CHANGELOG.md says of it

The package says the two things that a release is known by: ``__version__``, and ``REPOSITORY``, who
publishes it. Every other file that names them, of all that git knows, is made to agree: the README,
the examples, the metadata of the wheels, the labels of the image. There is no list of such files.

It runs with nobody looking, so it refuses whatever it doesn't expect; and before anything is
installed, so it imports nothing but the standard library.
"""

import os
import re
import subprocess
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

NUMBER = r"(?:(?:0|[1-9][0-9]*)\.){2}(?:0|[1-9][0-9]*)(?:-rc\.[1-9][0-9]*)?"
"""Semantic versions, and of pre-releases one kind: what is needed, and what sorts as it reads."""

NAME = r"[A-Za-z0-9][A-Za-z0-9-]*/[A-Za-z0-9_.-]+"
"""A repository of GitHub's."""

IMAGE = re.compile(r"ghcr\.io(?:/[a-z0-9]+(?:[._-]+[a-z0-9]+)*){2,}@sha256:[0-9a-f]{64}")
"""An image by digest and not by tag: a tag can come to mean another image."""

PACKAGE = "src/codeartifact_status/__init__.py"
"""The one file that says the version, and who publishes it."""

CHANGELOG = "CHANGELOG.md"

UNPUSHABLE = ".github/workflows/"
"""What a workflow's token may not push changed: GitHub would refuse the tag."""

IMAGE_LINE = re.compile(r"^( *image:)[ \t]*(.*?)[ \t]*$", re.MULTILINE)

WHEEL = re.compile(rf"(?<![\w./-])(codeartifact-status(?:==|@)){NUMBER}")
"""The wheel in a version, as pip and uv take it."""


class RefusedError(Exception):
    """It can't be released like this; the text says why."""


# --- What the tree says of itself. ---------------------------------------------------------------


def read(root: Path, name: str) -> str:
    """A file of ours."""
    return (root / name).read_text(encoding="utf-8")


def said(root: Path, name: str) -> str:
    """What the package says for one of its constants."""
    found = re.findall(rf'^{name} = "(.*)"$', read(root, PACKAGE), re.MULTILINE)
    if len(found) != 1:
        raise RefusedError(f"{PACKAGE} should say {name} once, and says {found}")
    return str(found[0])


def section(changelog: str, version: str) -> str:
    """What the changelog says of a version, without the heading."""
    for part in re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]:
        heading, _, body = part.partition("\n")
        if re.fullmatch(rf"{re.escape(version)} - \d{{4}}-\d\d-\d\d", heading) and body.strip():
            return body.strip()
    raise RefusedError(
        f"{CHANGELOG} says nothing below a heading `## {version} - YYYY-MM-DD`; "
        f"`make version V={version}` makes one of `## Unreleased`"
    )


def unwrapped(text: str) -> str:
    """The same, a paragraph a line: GitHub keeps the line ends of a release's notes."""
    return re.sub(r"(?<=[^\n])\n *(?![ \n]|- |#)", " ", text)


def check_version(version: str) -> None:
    """Raise unless this is a version."""
    if not re.fullmatch(NUMBER, version):
        raise RefusedError(f"{version!r} is no version such as 1.2.3 or 1.2.3-rc.1")


def check_action(action: str) -> None:
    """Raise unless this ``action.yml`` builds its Dockerfile, and says so in one place."""
    images = [found[2] for found in IMAGE_LINE.finditer(action)]
    if images != ["Dockerfile"]:
        raise RefusedError(f"action.yml should have one image, the Dockerfile, and has {images}")


# --- What is written into it. --------------------------------------------------------------------


def filled(text: str, *, former: str, repository: str, version: str) -> str:
    """A text that names this repository for the former one, and this version wherever it names one.

    Versions are those that stand right behind the repository's name: ``:1.2.3`` of an image,
    ``@v1.2.3`` and ``@v1``, ``@<a commit> # v1.2.3``; and those of the wheel.
    """
    tail = rf":{NUMBER}|@v{NUMBER}|@v[0-9]+(?!\.?[0-9])|@[^\n#]*# v{NUMBER}"
    named = rf"(ghcr\.io/)?(?<![\w.-]){re.escape(former)}(?![\w-])({tail})?"

    def renamed(found: re.Match[str]) -> str:
        registry, behind = found[1] or "", found[2] or ""
        behind = re.sub(rf"{NUMBER}$", version, behind)
        behind = re.sub(r"(?<=^@v)\d+$", version.partition(".")[0], behind)
        # A registry takes lower case only, an owner may have capitals.
        return f"{registry}{repository.lower() if registry else repository}{behind}"

    text = re.sub(named, renamed, text, flags=re.IGNORECASE)
    return WHEEL.sub(lambda found: f"{found[1]}{version}", text)


def changes(root: Path, repository: str, version: str) -> Mapping[Path, str]:
    """The files that name another repository or version, as they ought to be."""
    if not re.fullmatch(NAME, repository):
        raise RefusedError(f"{repository!r} is no repository such as owner/name")
    former = said(root, "REPOSITORY")
    found = {}
    for name in tracked(root):
        before = text_of(root / name)
        after = before and filled(before, former=former, repository=repository, version=version)
        if before == after or after is None:
            continue
        if name.startswith(UNPUSHABLE):
            raise RefusedError(
                f"{name} names {former}: a workflow's token may not push another version of it; "
                "use ${{ github.repository }}"
            )
        found[root / name] = after
    return found


def tracked(root: Path) -> list[str]:
    """The files that git knows."""
    command = ["git", "-C", str(root), "ls-files", "-z"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603 - whichever git there is
    return [name for name in done.stdout.split("\0") if name]


def text_of(path: Path) -> str | None:
    """A file's text, its line ends as they are; None where it is no text, or no file of its own."""
    if path.is_symlink() or not path.is_file():
        return None
    try:
        return path.read_bytes().decode()
    except UnicodeDecodeError:
        return None


def write(texts: Mapping[Path, str]) -> None:
    """Write them, byte by byte."""
    for path, text in texts.items():
        path.write_bytes(text.encode())


def pinned(action: str, image: str) -> str:
    """The text of ``action.yml``, with this image for the Dockerfile."""
    check_action(action)
    if not IMAGE.fullmatch(image):
        raise RefusedError(f"{image!r} is no image by digest such as ghcr.io/owner/name@sha256:…")
    return IMAGE_LINE.sub(lambda found: f"{found[1]} docker://{image}", action)


# --- The commands. -------------------------------------------------------------------------------


def raise_version(root: Path, version: str) -> None:
    """Make it this version in every file, and what is unreleased in the changelog its section."""
    check_version(version)
    changelog = read(root, CHANGELOG)
    if f"\n## {version} " not in changelog:
        heading = f"## {version} - {datetime.now(UTC).date()}"
        changelog = re.sub(r"^## Unreleased$", heading, changelog, flags=re.MULTILINE)
    section(changelog, version)
    former = f'__version__ = "{said(root, "__version__")}"'
    package = read(root, PACKAGE).replace(former, f'__version__ = "{version}"')
    write({root / CHANGELOG: changelog, root / PACKAGE: package})
    write(changes(root, said(root, "REPOSITORY"), version))


def check(root: Path, version: str, repository: str) -> None:
    """Raise unless this version, which is the tree's, can be released by this repository."""
    check_version(version)
    if (found := said(root, "__version__")) != version:
        raise RefusedError(f"{version} is to be released, but {PACKAGE} says {found}")
    section(read(root, CHANGELOG), version)
    check_action(read(root, "action.yml"))
    changes(root, repository, version)


def fill(root: Path, repository: str, image: str | None) -> None:
    """Name this repository in every file, and in ``action.yml`` this image, if there is one yet."""
    if image is not None:
        write({root / "action.yml": pinned(read(root, "action.yml"), image)})
    write(changes(root, repository, said(root, "__version__")))


def main(arguments: list[str], root: Path = ROOT) -> str | None:
    """Do it; return what was wrong, as ``sys.exit`` takes it."""
    try:
        match arguments:
            case ["version", version]:
                raise_version(root, version)
            case ["check", version, repository]:
                check(root, version, repository)
            case ["fill", repository]:
                fill(root, repository, None)
            case ["fill", repository, image]:
                fill(root, repository, image)
            case ["notes", version]:
                print(unwrapped(section(read(root, CHANGELOG), version)))
            case _:
                return str(__doc__)
    except RefusedError as error:
        return f"{'::error::' if os.environ.get('GITHUB_ACTIONS') else ''}{error}"
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
