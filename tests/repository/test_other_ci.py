"""The examples for other CI systems, run: their very commands, as each system runs them.

The program and the emulator are real. Stand-ins are the commands of the systems: `docker run` gives
the program the variables, directories and files that it is told to, and nothing else;
`buildkite-agent` and `circleci` give a token to a job that may have one.
"""

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
import yaml

from codeartifact_emulator import Emulator
from codeartifact_status import __version__
from codeartifact_status.inputs.command_line import CommandLine
from harness.runs import ENTRYPOINT, ROLE, calls_of, put_core, statuses

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples" / "ci"
DOCS = (ROOT / "docs" / "other-ci.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
IMAGE = f"ghcr.io/OWNER/codeartifact-status:{__version__}"
REPORTS = {"status.env", "status.md", "result.json", "undo.json"}


def text_of(name: str) -> str:
    return (EXAMPLES / name).read_text(encoding="utf-8")


GITLAB, BUILDSPEC, BUILDKITE, CIRCLECI = (
    yaml.safe_load(text_of(name))
    for name in ("gitlab-ci.yml", "buildspec.yml", "buildkite.yml", "circleci.yml")
)
JENKINSFILE = text_of("Jenkinsfile")


# --- The commands, as each system takes them out of its file. ------------------------------------


@dataclass(frozen=True, slots=True)
class Step:
    """What a system runs for one job: a script, by a shell, in the job's environment."""

    script: str
    shell: Sequence[str] = ("sh", "-e", "-c")
    arguments: Sequence[str] = ()


def of_gitlab(job: str) -> Step:
    return Step("\n".join(GITLAB[job]["script"]))


def of_jenkins() -> Step:
    (script,) = re.findall(r"\bsh '''(.*?)'''", JENKINSFILE, re.DOTALL)
    # Groovy joins a line that ends with a backslash to the next one.
    return Step(script.replace("\\\n", ""), ("sh", "-xe", "-c"))


def of_codebuild() -> Step:
    build = BUILDSPEC["phases"]["build"]
    commands, after = "\n".join(build["commands"]), "\n".join(build["finally"])
    exported = " ".join(f'"{name}=${name}"' for name in BUILDSPEC["env"]["exported-variables"])
    # One shell for all; the phase fails if any command of it does.
    script = f"(\n{commands}\n)\ncode=$?\n{after}\nprintf '%s\\n' {exported}\nexit $code"
    return Step(script, ("sh", "-c"))


def buildkite_step(key: str) -> Mapping[str, Any]:
    (step,) = [step for step in BUILDKITE["steps"] if step["key"] == key]
    return step  # type: ignore[no-any-return]


def of_buildkite(key: str) -> Step:
    """A step; with the docker plugin, the `docker run` that this makes of its options."""
    step = buildkite_step(key)
    if "plugins" not in step:
        return Step("\n".join(step["command"]), ("bash", "-e", "-c"))
    ((name, options),) = step["plugins"][0].items()
    assert name == "docker#v5.13.0"
    assert options["mount-buildkite-agent"] is options["propagate-uid-gid"] is True
    words = ["docker", "run", "-t", "-i", "--rm", "--init"]
    words += ["--volume", "$PWD:/workdir", "--workdir", "/workdir", "-u", "$(id -u):$(id -g)"]
    for variable in ("BUILDKITE_JOB_ID", "BUILDKITE_BUILD_ID", "BUILDKITE_AGENT_ACCESS_TOKEN"):
        words += ["--env", variable]
    words += ["--volume", "$(command -v buildkite-agent):/usr/bin/buildkite-agent"]
    for variable in options["environment"]:
        words += ["--env", variable]
    words.append(options["image"])
    quoted = [f'"{word}"' for word in words] + [shlex.quote(word) for word in options["command"]]
    return Step(" ".join(quoted), ("bash", "-c"))


def of_circleci(job: str) -> Step:
    (run,) = [
        step["run"] for step in CIRCLECI["jobs"][job]["steps"] if isinstance(step.get("run"), dict)
    ]
    return Step(run["command"], ("bash", "-eo", "pipefail", "-c"))


def circleci_jobs() -> Mapping[str, Any]:
    """The jobs of the workflow: by name, when they are run."""
    entries = CIRCLECI["workflows"]["release"]["jobs"]
    return {name: job for entry in entries for name, job in entry.items()}


def of_docker_run(*arguments: str) -> Step:
    return Step(text_of("docker-run.sh"), ("sh", "-c"), ("docker-run.sh", *arguments))


PROMOTE = {
    "gitlab-ci.yml": of_gitlab("promote"),
    "Jenkinsfile": of_jenkins(),
    "buildspec.yml": of_codebuild(),
    "buildkite.yml": of_buildkite("promote"),
    "circleci.yml": of_circleci("promote"),
    "docker-run.sh": of_docker_run("v1.3.0", "."),
}
ROLL_BACK = {
    "gitlab-ci.yml": of_gitlab("rollback"),
    "circleci.yml": of_circleci("rollback"),
    "docker-run.sh": of_docker_run("back", "."),
}

VARIABLES: Mapping[str, Mapping[str, str]] = {
    "gitlab-ci.yml": {
        "CI": "true",
        "GITLAB_CI": "true",
        "CI_PROJECT_PATH": "acme/widgets",
        "CI_JOB_ID": "7",
        "CI_COMMIT_TAG": "v1.3.0",
    },
    "Jenkinsfile": {
        "JENKINS_URL": "https://ci.acme.example/",
        "JOB_NAME": "acme/widgets/v1.3.0",
        "BUILD_NUMBER": "7",
        "TAG_NAME": "v1.3.0",
    },
    "buildspec.yml": {
        "AWS_REGION": "eu-west-1",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "/v2/credentials/7",
        "CODEBUILD_BUILD_ID": "widgets:7f1c",
        "CODEBUILD_WEBHOOK_HEAD_REF": "refs/tags/v1.3.0",
        **BUILDSPEC["env"]["variables"],
    },
    "buildkite.yml": {
        "BUILDKITE": "true",
        "BUILDKITE_ORGANIZATION_SLUG": "acme",
        "BUILDKITE_PIPELINE_SLUG": "widgets",
        "BUILDKITE_BUILD_NUMBER": "7",
        "BUILDKITE_BUILD_ID": "b-7",
        "BUILDKITE_JOB_ID": "j-7",
        "BUILDKITE_AGENT_ACCESS_TOKEN": "of-the-agent",
        "BUILDKITE_TAG": "v1.3.0",
    },
    "circleci.yml": {
        "CIRCLECI": "true",
        "CIRCLE_PROJECT_USERNAME": "acme",
        "CIRCLE_PROJECT_REPONAME": "widgets",
        "CIRCLE_BUILD_NUM": "7",
        "CIRCLE_TAG": "v1.3.0",
    },
    "docker-run.sh": {},
}
SESSION_NAMES = {
    "gitlab-ci.yml": "acme-widgets-7",
    "Jenkinsfile": "acme-widgets-v1.3.0-7",
    "buildkite.yml": "acme-widgets-7",
    "circleci.yml": "acme-widgets-7",
}


# --- The commands of the systems. ----------------------------------------------------------------

DOCKER = '''
"""`docker run`: what it isn't told to give to the container, the container doesn't have."""
import json, os, pathlib, sys

given = json.loads(pathlib.Path(__file__).with_name("docker.json").read_text())
arguments = sys.argv[1:]
assert arguments.pop(0) == "run"
environment, volumes, workdir = {}, {}, None
while arguments[0].startswith("-"):
    option = arguments.pop(0)
    if option in ("--rm", "--init", "-t", "-i"):
        continue
    value = arguments.pop(0)
    if option == "--env":
        assert "=" not in value
        if value in os.environ:
            environment[value] = os.environ[value]
    elif option == "--volume":
        source, target = value.removesuffix(":ro").split(":")
        volumes[target] = source
    elif option == "--workdir":
        workdir = value
    else:
        assert option in ("--user", "-u"), option
assert arguments.pop(0) == given["image"]
# The endpoint of the credentials, which isn't on this machine.
if environment.pop("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", None):
    environment.update(given["credentials"])
inside = pathlib.Path(given["bin"])
for target, source in volumes.items():
    if target.startswith("/usr/bin/"):
        (inside / pathlib.Path(target).name).symlink_to(source)
os.chdir(volumes[workdir])
environment.update(given["network"], PATH=f"{inside}:/usr/bin:/bin", HOME="/")
words = given["program"] + [volumes.get(argument, argument) for argument in arguments]
os.execve(words[0], words, environment)
'''

# Its job is known to the agent by two variables, in a container, too.
BUILDKITE_AGENT = """#!/bin/sh
set -eu
: "$BUILDKITE_JOB_ID" "$BUILDKITE_AGENT_ACCESS_TOKEN"
case "$*" in
  "oidc request-token --audience sts.amazonaws.com") cat "{home}/token" ;;
  "artifact download status.md . --step promote") cp "{home}/artifacts/status.md" . ;;
  "annotate --context codeartifact-status --style info") cat > "{home}/annotation" ;;
  *) echo "no such command: $*" >&2; exit 64 ;;
esac
"""
CIRCLECI_CLI = """#!/bin/sh
case "$*" in
  'run oidc get --claims {{"aud": "sts.amazonaws.com"}}') cat "{home}/token" ;;
  'run oidc get --claims {{"aud": "sts.amazonaws.com"}} --root-issuer') cat "{home}/token" ;;
  *) echo "no such command: $*" >&2; exit 64 ;;
esac
"""


@dataclass(slots=True)
class Machine:
    """A machine of a CI system: its commands, and the directory of the job."""

    emulator: Emulator
    home: Path
    system: str
    program: Sequence[str] = (sys.executable, "-I", str(ENTRYPOINT))
    workspace: Path = field(init=False)
    secrets: dict[str, str] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.workspace = self.home / "workspace"
        for name in ("workspace", "bin", "inside", "tmp", "artifacts"):
            (self.home / name).mkdir()
        token = self.emulator.identity_token()
        (self.home / "token").write_text(token)
        keys = self.emulator.environment(user=True)
        credentials = {name: keys[name] for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        match self.system:
            case "gitlab-ci.yml":
                (declared,) = GITLAB["promote"]["id_tokens"].items()
                self.secrets[declared[0]] = self.emulator.identity_token(declared[1]["aud"])
                self._command("codeartifact-status", self._itself())
            case "Jenkinsfile":
                self.secrets["ID_TOKEN_FILE"] = str(self.home / "token")
                self._command("codeartifact-status", self._itself())
            case "circleci.yml":
                self._command("circleci", CIRCLECI_CLI.format(home=self.home))
                self._command("codeartifact-status", self._itself())
            case "buildkite.yml":
                self._command("buildkite-agent", BUILDKITE_AGENT.format(home=self.home))
                self._docker({})
            case "buildspec.yml":
                self._docker(credentials)
            case "docker-run.sh":
                self.secrets.update(credentials)
                self._docker({})

    def run(self, step: Step, **variables: str) -> subprocess.CompletedProcess[str]:
        """Run a step as the system does, with its variables."""
        environment = {
            "PATH": f"{self.home / 'bin'}:/usr/bin:/bin",
            "HOME": str(self.home),
            "TMPDIR": str(self.home / "tmp"),
            "CODEBUILD_SRC_DIR": str(self.workspace),
            **self._network(),
            **VARIABLES[self.system],
            **self.secrets,
            **variables,
        }
        return subprocess.run(
            [*step.shell, step.script, *step.arguments],
            cwd=self.workspace,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def keep_artifacts(self, paths: Sequence[str]) -> None:
        """Take these files out of the workspace, as the system does after each step."""
        for path in paths:
            (self.workspace / path).rename(self.home / "artifacts" / path)

    def outputs(self) -> dict[str, str]:
        lines = (self.workspace / "status.env").read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)  # type: ignore[misc]

    def summary(self) -> str:
        return (self.workspace / "status.md").read_text(encoding="utf-8")

    def _network(self) -> dict[str, str]:
        """Where AWS is: the one thing that no container has to be told."""
        variables = self.emulator.environment()
        return {name: url for name, url in variables.items() if name.startswith("AWS_ENDPOINT_URL")}

    def _itself(self) -> str:
        return f'#!/bin/sh\nexec {shlex.join(self.program)} "$@"\n'

    def _docker(self, credentials: Mapping[str, str]) -> None:
        given = {
            "image": IMAGE,
            "credentials": credentials,
            "bin": str(self.home / "inside"),
            "network": self._network(),
            "program": self.program,
        }
        (self.home / "bin" / "docker.json").write_text(json.dumps(given))
        self._command("docker", f"#!{sys.executable} -IS\n{DOCKER}")

    def _command(self, name: str, text: str) -> None:
        path = self.home / "bin" / name
        path.write_text(text)
        path.chmod(0o755)


@pytest.fixture
def machine(emulator: Emulator, tmp_path: Path, request: pytest.FixtureRequest) -> Machine:
    """A machine of the system that the test is about."""
    return Machine(emulator, tmp_path, request.param)


every_system = pytest.mark.parametrize("machine", PROMOTE, indirect=True)


# --- What they do. -------------------------------------------------------------------------------


@every_system
def test_a_tag_promotes_its_version_and_leaves_the_reports(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0", "1.4.0")

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published", "1.4.0": "Unlisted"}
    assert {path.name for path in machine.workspace.iterdir()} == REPORTS
    outputs = machine.outputs()
    assert (outputs["OUTCOME"], outputs["CHANGED_COUNT"]) == ("changed", "1")
    assert machine.summary().startswith("### ✅ 1 version set to **Published**")
    (undo,) = json.loads((machine.workspace / "undo.json").read_text())
    assert undo["target-status"] == "Unlisted"
    result = json.loads((machine.workspace / "result.json").read_text())
    assert result["outcome"] == "changed"
    assert (machine.home / "token").read_text() not in done.stdout + done.stderr
    # Where a role is assumed, its session leads back to the job.
    sessions = calls_of(machine.emulator, "AssumeRoleWithWebIdentity")
    names = [call.params["RoleSessionName"] for call in sessions]
    assert names == list(filter(None, [SESSION_NAMES.get(machine.system)]))


@every_system
def test_a_version_that_is_not_there_fails_the_job_and_the_reports_say_so(
    machine: Machine,
) -> None:
    put_core(machine.emulator, "1.4.0")

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 1, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.4.0": "Unlisted"}
    assert {path.name for path in machine.workspace.iterdir()} == REPORTS
    outputs = machine.outputs()
    assert (outputs["OUTCOME"], outputs["FAILED_COUNT"]) == ("failed", "1")
    assert "NOT_FOUND" in machine.summary()
    assert (machine.workspace / "undo.json").read_text() == "[]"
    if machine.system == "buildspec.yml":  # its variables are exported all the same
        assert done.stdout.endswith("OUTCOME=failed\nCHANGED_COUNT=0\n")


@pytest.mark.parametrize("machine", ROLL_BACK, indirect=True)
def test_a_roll_back_puts_each_version_back(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    machine.run(PROMOTE[machine.system])
    for path in REPORTS - {"undo.json"}:
        (machine.workspace / path).unlink()

    done = machine.run(ROLL_BACK[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Unlisted"}
    assert machine.summary().startswith("### ✅ 1 version set to **Unlisted**")
    (redo,) = json.loads((machine.workspace / "redo.json").read_text())
    assert redo["target-status"] == "Published"


@pytest.mark.parametrize("machine", ROLL_BACK, indirect=True)
def test_a_roll_back_of_nothing_is_not_green(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0", status="Published")
    machine.run(PROMOTE[machine.system])
    assert (machine.workspace / "undo.json").read_text(encoding="utf-8") == "[]"

    done = machine.run(ROLL_BACK[machine.system])

    assert done.returncode != 0
    assert not (machine.workspace / "redo.json").exists()


@pytest.mark.parametrize("machine", ["gitlab-ci.yml"], indirect=True)
def test_on_gitlab_a_later_job_has_the_outputs_as_variables(machine: Machine) -> None:
    outputs = {"OUTCOME": "changed", "CHANGED_COUNT": "1", "UNCHANGED_COUNT": "0"}

    done = machine.run(of_gitlab("announce"), **outputs)

    assert done.stdout == "v1.3.0 is changed, 1 changed, 0 were there already\n"


@pytest.mark.parametrize("machine", ["circleci.yml"], indirect=True)
def test_on_circleci_a_later_job_reads_the_outputs(machine: Machine) -> None:
    (machine.workspace / "status.env").write_text("OUTCOME=changed\nCHANGED_COUNT=1\nUNDO=[$(x)]\n")

    done = machine.run(of_circleci("announce"))

    assert (done.returncode, done.stdout) == (0, "v1.3.0 is changed, 1 changed\n")


@pytest.mark.parametrize("machine", ["circleci.yml"], indirect=True)
def test_on_circleci_the_program_asks_for_a_token_if_it_is_given_none(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    step = PROMOTE[machine.system]
    call = step.script[step.script.index("codeartifact-status") :]

    done = machine.run(Step(call.replace('--web-identity-token-file "$token"', ""), step.shell))

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published"}


@pytest.mark.parametrize("machine", ["buildkite.yml"], indirect=True)
def test_on_buildkite_the_summary_becomes_an_annotation_also_when_it_failed(
    machine: Machine,
) -> None:
    assert machine.run(PROMOTE[machine.system]).returncode == 1
    summary = machine.summary()
    machine.keep_artifacts(buildkite_step("promote")["artifact_paths"])

    done = machine.run(of_buildkite("summary"))

    assert done.returncode == 0, done.stderr
    assert (machine.home / "annotation").read_text(encoding="utf-8") == summary
    assert buildkite_step("summary")["allow_dependency_failure"] is True


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_takes_a_token_from_a_file_instead_of_keys(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    machine.secrets = {"ID_TOKEN_FILE": str(machine.home / "token"), "ROLE": ROLE}

    done = machine.run(PROMOTE[machine.system])

    assert done.returncode == 0, done.stdout + done.stderr
    assert statuses(machine.emulator) == {"1.3.0": "Published"}


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_without_a_tag_says_what_it_wants(machine: Machine) -> None:
    done = machine.run(of_docker_run())

    assert done.returncode != 0
    assert "which tag" in done.stderr


@pytest.mark.parametrize("machine", ["docker-run.sh"], indirect=True)
def test_docker_run_never_overwrites_a_way_back(machine: Machine) -> None:
    put_core(machine.emulator, "1.3.0")
    first = machine.run(of_docker_run("v1.3.0"))
    kept = machine.workspace / "codeartifact-v1.3.0" / "undo.json"
    undo = kept.read_text(encoding="utf-8")

    again = machine.run(of_docker_run("v1.3.0"))
    elsewhere = machine.run(of_docker_run("v1.3.0", "second run"))

    assert (first.returncode, again.returncode, elsewhere.returncode) == (0, 2, 0)
    assert kept.read_text(encoding="utf-8") == undo != "[]"


# --- What stands in them. ------------------------------------------------------------------------


def our_words(step: Step) -> list[list[str]]:
    """The arguments of each call of the program in a script."""
    calls: list[list[str]] = []
    for command in re.split(r"(?<!\\)\n", step.script.replace("\\\n", " ")):
        words = shlex.split(command, comments=True)
        starts = [n for n, word in enumerate(words) if word in {"codeartifact-status", IMAGE}]
        starts += [n for n, word in enumerate(words) if word in {"$IMAGE", "$image"}]
        starts += [1] if words[:2] == ["set", "--"] else []
        calls += [[w for w in words[start + 1 :] if w != "$@"] for start in starts[:1]]
    return calls


def all_calls() -> Iterator[list[str]]:
    for step in [*PROMOTE.values(), *ROLL_BACK.values()]:
        found = our_words(step)
        assert found, step.script
        yield from found


def test_every_flag_exists() -> None:
    used = 0
    for words in all_calls():
        used += sum(word.startswith("--") for word in words)
        assert CommandLine.read(words).problems == ()
    assert used > 60


@pytest.mark.parametrize("system", PROMOTE)
def test_every_example_names_the_image_once_and_says_how_to_pin_it(system: str) -> None:
    text = text_of(system)
    assert text.count(IMAGE) == 1
    assert "@sha256:" in text
    assert "docs/other-ci.md" in text or system == "docker-run.sh"


def test_every_example_writes_the_four_reports() -> None:
    for system, step in PROMOTE.items():
        for name in REPORTS:
            assert name in step.script, system


def test_the_reports_are_kept_also_when_it_failed() -> None:
    kept = GITLAB["promote"]["artifacts"]
    assert kept["when"] == "always"
    assert {*kept["paths"], kept["reports"]["dotenv"]} == REPORTS
    (archived,) = re.findall(r"always \{\s*archiveArtifacts artifacts: '(.*?)'", JENKINSFILE)
    assert set(archived.split(", ")) == REPORTS
    assert set(BUILDSPEC["artifacts"]["files"]) == REPORTS
    assert set(buildkite_step("promote")["artifact_paths"]) == REPORTS
    steps = CIRCLECI["jobs"]["promote"]["steps"]
    stored = {step["store_artifacts"]["path"] for step in steps if "store_artifacts" in step}
    assert stored == REPORTS - {"status.env"}


def test_one_release_runs_at_a_time_where_the_system_can_see_to_it() -> None:
    assert GITLAB["promote"]["resource_group"] == GITLAB["rollback"]["resource_group"]
    assert "lock(resource: " in JENKINSFILE
    # Else every branch would wait for the lock, only to see that it is no tag.
    assert "beforeOptions true" in JENKINSFILE
    assert buildkite_step("promote")["concurrency"] == 1
    jobs = circleci_jobs()
    assert jobs["promote"]["serial-group"] == jobs["rollback"]["serial-group"]


def test_only_a_tag_starts_them_and_only_a_person_a_roll_back() -> None:
    for job in ("promote", "announce", "rollback"):
        (rule,) = GITLAB[job]["rules"]
        assert rule["if"] == "$CI_COMMIT_TAG =~ /^v/"
        assert rule.get("when") == ("manual" if job == "rollback" else None)
    assert "tag 'v*'" in JENKINSFILE
    assert {step["if"] for step in BUILDKITE["steps"]} == {"build.tag =~ /^v/"}
    jobs = circleci_jobs()
    for job in jobs.values():
        assert job["filters"] == {"tags": {"only": "/^v.*/"}, "branches": {"ignore": "/.*/"}}
    (asked,) = jobs["rollback"]["requires"]
    assert jobs[asked]["type"] == "approval"


# --- What the page says. -------------------------------------------------------------------------


def test_the_page_names_every_example_and_the_readme_names_the_page() -> None:
    examples = {path.name for path in EXAMPLES.iterdir()}
    assert examples == set(PROMOTE)
    for name in examples:
        assert f"(../examples/ci/{name})" in DOCS
    assert "(docs/other-ci.md)" in README


SUBJECTS = {
    "gitlab.com": (
        "project_path:my-group/my-project:ref_type:tag:ref:v1.3.0",
        "project_path:my-group/my-project:ref_type:branch:ref:v1.3.0",
    ),
    "ci.example.com/oidc": (
        "https://ci.example.com/job/widgets/job/v1.3.0/",
        "https://ci.example.com/job/gadgets/job/v1.3.0/",
    ),
    "agent.buildkite.com": (
        "organization:my-org:pipeline:my-pipeline:ref:refs/tags/v1.3.0:commit:9f31:step:promote",
        "organization:my-org:pipeline:my-pipeline:ref:refs/heads/v1.3.0:commit:9f31:step:promote",
    ),
    "oidc.circleci.com/org/ORGANIZATION_ID": (
        "org/ORGANIZATION_ID/project/PROJECT_ID/user/USER_ID",
        "org/ORGANIZATION_ID/project/OTHER_ID/user/USER_ID",
    ),
}
"""By issuer: a subject that a release has, and one that nobody should let in."""


@pytest.mark.parametrize("issuer", SUBJECTS)
def test_a_trust_policy_of_the_page_lets_the_release_in_and_nothing_else(issuer: str) -> None:
    fragments = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", DOCS, re.DOTALL)]
    (conditions,) = [
        statement["Condition"]
        for statement in fragments
        if statement["Principal"]["Federated"].endswith(f":oidc-provider/{issuer}")
    ]
    assert conditions["StringEquals"] == {f"{issuer}:aud": "sts.amazonaws.com"}
    pattern = conditions["StringLike"][f"{issuer}:sub"]
    release, other = SUBJECTS[issuer]

    assert fnmatchcase(release, pattern)
    assert not fnmatchcase(other, pattern)


def test_no_example_has_a_path_of_a_machine_in_it() -> None:
    for system in PROMOTE:
        assert os.fspath(ROOT) not in text_of(system)
