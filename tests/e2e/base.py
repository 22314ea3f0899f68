"""The image's base: the official one, or a stand-in where its registry can't be reached.

Prints the name that ``PYTHON_IMAGE`` of the Dockerfile is to have. The stand-in is a Debian with
its own Python, under a name of its own; it is made once and stays with the engine. Its standard
library has no bytecode, as the official one's has not. It trusts who this machine trusts, because
the package index may be reached through a proxy with a certificate of its own.
"""

import os
import re
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from engine import DOCKER, Unavailable, attempt, install, last_line, say

DOCKERFILE = Path(__file__).parents[2] / "Dockerfile"
QUIET_SECONDS = 20
"""How long a registry may say nothing at first before it counts as out of reach."""
LAYER_SECONDS = 300
"""How long it may take from one line to the next then, which may be a whole layer."""
STAND_IN_NAME = "codeartifact-status-base"
STAND_IN = "codeartifact-status.stand-in"
"""The label by which a stand-in is known."""


def pinned() -> str:
    """The base that the Dockerfile names, with its digest."""
    (image,) = re.findall(r"^ARG PYTHON_IMAGE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    return str(image)


def is_there(image: str) -> bool:
    """Whether the engine has this image."""
    return attempt(DOCKER, "image", "inspect", image) is None


def pull(image: str) -> str | None:
    """Pull an image; None if that went well, else why not."""
    process = subprocess.Popen(
        [DOCKER, "pull", image], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, bufsize=0
    )
    with process:
        stream, said, seconds = process.stdout, b"", QUIET_SECONDS
        while stream and select.select([stream], [], [], seconds)[0]:
            part = stream.read(4096)
            if not part:
                return None if process.wait() == 0 else last_line(said.decode(errors="replace"))
            said += part
            seconds = LAYER_SECONDS
        process.kill()
    return f"the registry said nothing for {seconds} seconds"


def make_stand_in(image: str) -> None:
    """Make the stand-in under this name.

    Raises:
        Unavailable: it can't be made here.
    """
    install("mmdebstrap")
    suite = image.rpartition("-")[2]
    root = '"$1"'
    hooks = [
        f"ln -s /usr/bin/python3 {root}/usr/local/bin/python",
        f"ln -s /usr/bin/python3 {root}/usr/local/bin/python3",
        f"find {root}/usr/lib -name __pycache__ -prune -exec rm -r {{}} +",
    ]
    bundle = os.environ.get("SSL_CERT_FILE") or "/etc/ssl/certs/ca-certificates.crt"
    if Path(bundle).exists():
        hooks.append(f"upload {bundle} /etc/ssl/certs/ca-certificates.crt")
    with tempfile.TemporaryDirectory() as directory:
        tree = f"{directory}/base.tar"
        why = attempt(
            "mmdebstrap",
            "--variant=minbase",
            "--include=python3,python3-pip,python3-venv,ca-certificates",
            *(f"--dpkgopt=path-exclude=/usr/share/{d}/*" for d in ("doc", "info", "locale", "man")),
            *(f"--customize-hook={hook}" for hook in hooks),
            suite,
            tree,
            seconds=600,
        ) or attempt(
            DOCKER,
            "import",
            "--change=ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            # As the official image has it: it must not reach the entrypoint.
            '--change=CMD ["python3"]',
            f"--change=LABEL {STAND_IN}=true",
            tree,
            image,
            seconds=300,
        )
    if why is not None:
        raise Unavailable(f"and no stand-in can be made: {why}")


def base() -> str:
    """The name of a base that the engine has.

    Raises:
        Unavailable: it can neither be pulled nor replaced.
    """
    image = pinned()
    if is_there(image):
        return image
    official = image.partition("@")[0]
    name = STAND_IN_NAME + official.removeprefix("python")
    why = pull(image)
    if why is None:
        return image
    if is_there(name):
        say(f"e2e: {official} can't be pulled ({why}); {name} stands in for it")
        return name
    say(f"e2e: {official} can't be pulled ({why}); a stand-in is made of Debian's own packages")
    since = time.monotonic()
    try:
        make_stand_in(name)
    except Unavailable as error:
        raise Unavailable(f"{official} can't be pulled ({why}), {error}") from error
    say(f"e2e: the stand-in took {time.monotonic() - since:.0f} s, and stays with the engine")
    return name


if __name__ == "__main__":
    try:
        sys.stdout.write(f"{base()}\n")
    except Unavailable as error:
        say(f"e2e: there is no base for the image: {error}")
        sys.exit(os.EX_UNAVAILABLE)
