"""`python -m conformance`: run the cases on the emulator, and with `--aws` on a real account.

On an account it publishes small generic packages of its own into a repository, changes and deletes
them: some two hundred requests, and less than a cent. It wants `CONFIRM=DOMAIN/REPOSITORY` in the
environment. Run again after it was stopped, it goes on where it was. The transcript is for an
issue; account ids, names of users and roles, the domain and the repository are cut out of it.
"""

# A command talks by printing.
# ruff: noqa: T201

import argparse
import dataclasses
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from codeartifact_emulator import Emulator, Switches
from conformance.cases import CASES, Case
from conformance.ground import NAMESPACE, Ground, Notes, NotOurs, StillThere

_KEPT = Path(".conformance")


def ask(ground: Ground, cases: Sequence[Case] = CASES) -> Mapping[str, str]:
    """Run every case that has no answer yet; give all answers. Of what was made nothing is left.

    A case that could not be asked has none, and is asked again by the next run.
    """
    ground.clean()
    try:
        for case in cases:
            if case.name in ground.notes.answers:
                continue
            try:
                with ground.of(case.name):
                    answer = case.body(ground)
            except (BotoCoreError, ClientError) as error:
                print(f"could not ask: {case.name}: {error}", file=sys.stderr)
                continue
            ground.notes.answers[case.name] = {"answer": answer}
            ground.notes.write()
    finally:
        ground.clean()
    return {name: said["answer"] for name, said in ground.notes.answers.items()}


def on_emulator(directory: Path) -> Mapping[str, str]:
    """Ask the emulator, as it is without any switch."""
    with Emulator.start() as emulator:
        emulator.store.add_repository(domain="acme", repository="generic")
        keys = emulator.environment(user=True)
        client = boto3.client(
            "codeartifact",
            endpoint_url=emulator.url,
            region_name=emulator.store.region,
            aws_access_key_id=keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=keys["AWS_SECRET_ACCESS_KEY"],
        )
        ground = Ground(
            client=client,
            domain="acme",
            repository="generic",
            owner=None,
            notes=Notes(directory / "notes.json"),
            transcript=directory / "transcript.jsonl",
        )
        answers = ask(ground)
        client.close()
    return answers


def on_aws(*, domain: str, repository: str, owner: str | None) -> Mapping[str, str]:
    """Ask CodeArtifact, by the credentials and the region of the environment."""
    kept = _KEPT / f"{domain}-{repository}"
    client = boto3.client("codeartifact", config=Config(retries={"mode": "adaptive"}))
    ground = Ground(
        client=client,
        domain=domain,
        repository=repository,
        owner=owner,
        notes=Notes.read(kept.with_suffix(".json")),
        transcript=kept.with_suffix(".jsonl"),
    )
    print(f"transcript, for an issue: {ground.transcript}")
    answers = ask(ground)
    client.close()
    return answers


def compared(ours: Mapping[str, str], theirs: Mapping[str, str] | None) -> list[str]:
    """Say what was answered, and where the two differ, as switches to set where there are any."""
    lines: list[str] = []
    switches: list[str] = []
    for case in CASES:
        here = ours.get(case.name)
        there = here if theirs is None else theirs.get(case.name)
        if there is None:
            lines.append(f"{case.name}: not asked")
        elif case.source:
            said = f"NOT SO: {there}" if there else "as documented"
            lines.append(f"{case.name}: {said} ({case.source})")
        elif there == here:
            lines.append(f"{case.name}? {there}")
        else:
            lines.append(f"{case.name}? {there}  <- the emulator says: {here}")
            switches += [f"  {case.switch}: {there}"] if case.switch else []
    if switches:
        lines += ["", "The emulator does the same with these switches:", "switches:", *switches]
    askable = {case.switch for case in CASES}
    rest = [name for name in _switch_names() if name not in askable]
    return [*lines, "", f"Not asked, because one package is not enough: {', '.join(rest)}"]


def _switch_names() -> list[str]:
    return [each.name.replace("_", "-") for each in dataclasses.fields(Switches)]


def main(arguments: Sequence[str] | None = None) -> int:
    """Ask and compare. Gives the exit code: 1 where something documented is not so."""
    parser = argparse.ArgumentParser(prog="conformance", description=__doc__)
    parser.add_argument("--aws", action="store_true", help="ask a real account, too")
    parser.add_argument("--domain", default="")
    parser.add_argument("--domain-owner", default=None)
    parser.add_argument("--repository", default="")
    options = parser.parse_args(arguments)
    place = f"{options.domain}/{options.repository}"
    if options.aws and os.environ.get("CONFIRM") != place:
        print(
            f"This publishes generic packages in the namespace {NAMESPACE} into {place}, changes "
            f"their statuses and deletes them again. To have that done, set CONFIRM={place}.",
            file=sys.stderr,
        )
        return 2
    with tempfile.TemporaryDirectory() as directory:
        ours = on_emulator(Path(directory))
    theirs = None
    if options.aws:
        try:
            theirs = on_aws(
                domain=options.domain,
                repository=options.repository,
                owner=options.domain_owner or None,
            )
        except (NotOurs, StillThere, BotoCoreError, ClientError) as error:
            print(f"{error}\nRun again, it goes on where it was.", file=sys.stderr)
            return 2
    print("\n".join(compared(ours, theirs)))
    asked = ours if theirs is None else theirs
    wrong = [case.name for case in CASES if case.source and asked.get(case.name)]
    missing = [case.name for case in CASES if case.name not in asked]
    print(f"\n{len(asked)} of {len(CASES)} asked, {len(wrong)} not as documented")
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
