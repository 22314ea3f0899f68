"""The whole thing on one machine: ``make demo``.

Starts the emulator with ``seed.yaml``, then runs the action four times as GitHub's runner would,
with nothing but environment variables, and shows each log and job summary. Ends with an error if
a run did not end as it should.
"""

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from codeartifact_emulator import Emulator

HERE = Path(__file__).resolve().parent
ENTRYPOINT = HERE.parent / "entrypoint.py"

ROLE = {
    "role-to-assume": "arn:aws:iam::111122223333:role/release",
    "aws-region": "eu-west-1",
}
RELEASE = {
    **ROLE,
    "domain": "acme",
    "repository": "npm-store",
    "format": "npm",
    "package": "@acme/core",
}
PROMOTE = {**RELEASE, "versions": "1.3.0", "expected-status": "Unlisted"}


def main() -> int:
    """Run the four steps; return 0 if each ended as it should."""
    with Emulator.start(seed=HERE / "seed.yaml") as emulator:
        print(f"An emulator of CodeArtifact, STS and GitHub's OIDC listens on {emulator.url}.")
        before = statuses(emulator)

        promoted = step(
            emulator,
            "Promote a version that was published as Unlisted",
            {**PROMOTE, "target-status": "Published"},
            expected=0,
        )
        step(
            emulator,
            "The same again: a re-run is green",
            {**PROMOTE, "target-status": "Published"},
            expected=0,
        )
        step(
            emulator,
            "One version that does not exist: the step fails and changes nothing",
            {**RELEASE, "versions": "1.2.3 1.2.4 9.9.9", "target-status": "Archived"},
            expected=1,
        )
        step(
            emulator,
            "Undo the promotion with its own output",
            {**ROLE, "domain": "acme", "packages": promoted["undo"]},
            expected=0,
        )
        if statuses(emulator) != before:
            print("The undo did not give back what was there before.")
            return 1
    print("\nThe repository is what it was before the demo.")
    return 0


def step(
    emulator: Emulator, title: str, inputs: Mapping[str, str], *, expected: int
) -> dict[str, str]:
    """Run the action once as the runner would, show what it said, and return its outputs."""
    print(f"\n{'=' * 100}\n{title}\n{'=' * 100}")
    with tempfile.TemporaryDirectory() as folder:
        output, summary, workspace = (Path(folder, name) for name in ("output", "summary", "work"))
        output.touch()
        summary.touch()
        workspace.mkdir()
        environment = {
            "PATH": os.defpath,
            "HOME": folder,
            # Without it, Windows has no sockets.
            **{name: os.environ[name] for name in ("SYSTEMROOT",) if name in os.environ},
            "GITHUB_ACTIONS": "true",
            "GITHUB_REPOSITORY": "acme/widgets",
            "GITHUB_RUN_ID": "1000000001",
            "GITHUB_RUN_ATTEMPT": "1",
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            **emulator.environment(),
            **{f"INPUT_{name.upper()}": value for name, value in inputs.items()},
        }
        run = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-I", str(ENTRYPOINT)],
            env=environment,
            cwd=workspace,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        print("with:")
        for name, value in inputs.items():
            print(f"  {name}: {value}")
        print(f"\n--- log, exit code {run.returncode}")
        # The runner takes these lines out of the log, and hides what they name from then on.
        print(re.sub(r"^::add-mask::.*\n", "", run.stdout, flags=re.MULTILINE) + run.stderr)
        print(f"--- job summary\n{summary.read_text(encoding='utf-8')}")
        print("--- what the repository holds now")
        for version, status in statuses(emulator).items():
            print(f"  {version}: {status}")
        if run.returncode != expected:
            sys.exit(f"The step exited with {run.returncode}, not with {expected}.")
        return read_outputs(output.read_text("utf-8"))


def statuses(emulator: Emulator) -> dict[str, str]:
    """The versions of @acme/core in the emulator's store, and their statuses."""
    return {
        coordinates[-1]: status
        for coordinates, (status, _) in emulator.store.snapshot().items()
        if coordinates[1:5] == ("npm-store", "npm", "acme", "core")
    }


def read_outputs(text: str) -> dict[str, str]:
    """What a step wrote to GITHUB_OUTPUT: ``name<<delimiter``, the value, the delimiter."""
    found = re.findall(r"^(\S+)<<(\S+)\n(.*?)\n\2$", text, re.MULTILINE | re.DOTALL)
    return {name: value for name, _, value in found}


if __name__ == "__main__":
    sys.exit(main())
