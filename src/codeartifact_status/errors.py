"""What can stop a run, sorted by who can mend it, each with its exit code and its remedy. Pure.

A refused version is not here: it is data (``model.Outcome``). An exception means that the run
can't go on, and it is raised only before the first write. This module imports nothing of ours; what
keeps a run from an identity is in ``identity.refusals``.
One text a cause, kept beside its class: what happened, what that generally means, what to paste.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import KW_ONLY, dataclass, replace
from enum import IntEnum, StrEnum
from typing import ClassVar, TypeAlias


class ExitCode(IntEnum):
    """What the process exits with; a signal exits with 128 + its number instead."""

    SUCCESS = 0
    FAILED_VERSIONS = 1
    WRONG_INPUT = 2
    NO_IDENTITY = 3
    NOT_ASKED = 4
    OUR_BUG = 70  # EX_SOFTWARE of sysexits.h


class System(StrEnum):
    """Where a step may run: the CI systems that have a way of their own to an identity."""

    GITHUB = "GitHub"
    FORGEJO = "Forgejo"
    GITLAB = "GitLab"
    CIRCLECI = "CircleCI"
    BUILDKITE = "Buildkite"
    CODEBUILD = "CodeBuild"
    JENKINS = "Jenkins"
    SHELL = "a shell"
    """None of them: a laptop, or a container that wasn't told where it runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a step runs and how it was started: what a remedy is written for.

    ``action`` is what a workflow writes after ``uses:``; ``by_flags`` says that a command line
    asks instead, ``names_role`` that there is a role to assume. ``from_fork`` and ``by_dependabot``
    say who started the run.
    """

    action: str
    system: System = System.GITHUB
    by_flags: bool = False
    names_role: bool = False
    from_fork: bool = False
    by_dependabot: bool = False


Remedy: TypeAlias = Callable[[Place], str]
"""What a failure generally means and what to paste, as Markdown; inputs by name, in backticks."""


class StepError(Exception):
    """The run can't go on.

    ``title`` names the kind of trouble in a few words, ``str(error)`` says what happened, and
    ``advice`` what it generally means and what to paste, as Markdown; empty where the message says
    all.
    """

    exit_code: ClassVar[ExitCode]
    title: ClassVar[str]
    advice: str = ""

    def remedy(self, _place: Place, /) -> str:
        """The advice, as it reads there."""
        return self.advice


# --- The inputs: the author of the workflow can mend these. ---------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong input, with what was expected.

    ``entries`` are the numbers of the entries of ``packages`` that it is in, from 1, ascending;
    none stands for the step itself. ``missing`` says that the input is absent. ``typed`` is what
    the user calls the input, where that isn't its name in a workflow. ``entry`` is what a single
    entry says, harmless and short, where the text doesn't show it.
    """

    field: str
    text: str
    _: KW_ONLY
    entries: tuple[int, ...] = ()
    missing: bool = False
    typed: str | None = None
    entry: str | None = None

    @property
    def name(self) -> str:
        """The input in the user's words; one of entries with the entries' numbers."""
        name = self.typed or self.field.replace("_", "-")
        if not self.entries:
            return name
        which = f" ({self.entry})" if self.entry is not None else ""
        entries = f"packages, {_numbered(self.entries)}{which}"
        return entries if self.field == "packages" else f"{entries}: {name}"

    def __str__(self) -> str:
        """``name: text``, as it stands in the log."""
        return f"{self.name}: {self.text}"


def folded(problems: Iterable[Problem]) -> list[Problem]:
    """The same problems in order, those that differ only in their entries as one."""
    alike: dict[Problem, list[int]] = {}
    for problem in problems:
        alike.setdefault(replace(problem, entries=()), []).extend(problem.entries)
    found = [
        replace(problem, entries=tuple(sorted(set(entries)))) for problem, entries in alike.items()
    ]
    return sorted(found, key=lambda problem: problem.entries[:1])


_MAX_SPANS = 8
"""Numbers and spans of numbers that a problem names; there may be thousands."""


def _numbered(numbers: Sequence[int]) -> str:
    """``entry 3``, ``entries 1, 3 and 7``, ``entries 1 to 40 and 42``."""
    if len(numbers) == 1:
        return f"entry {numbers[0]}"
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1].append(number)
        else:
            spans.append([number])
    texts: list[str] = []
    shown = 0
    for span in spans:
        if len(texts) >= _MAX_SPANS:
            texts.append(f"{len(numbers) - shown} more")
            break
        shown += len(span)
        texts += [f"{span[0]} to {span[-1]}"] if span[2:] else map(str, span)
    *heads, last = texts
    return f"entries {', '.join(heads)} and {last}" if heads else f"entries {last}"


MAX_PROBLEMS = 50
"""Wrong inputs that are told one by one; ``packages`` may hold thousands."""


class InputError(StepError):
    """One or more inputs are wrong; all of them are reported together, and nothing was sent."""

    exit_code = ExitCode.WRONG_INPUT
    title = "Wrong input"

    def __init__(self, problems: Sequence[Problem]) -> None:
        """``problems`` in the order in which they are to be read, at least one."""
        self.problems = tuple(problems)
        count = len(self.problems)
        head = "1 input is wrong" if count == 1 else f"{count} inputs are wrong"
        lines = "\n".join(f"  {problem}" for problem in self.problems[:MAX_PROBLEMS])
        if count > MAX_PROBLEMS:
            lines += f"\n  … and {count - MAX_PROBLEMS} more"
        super().__init__(f"{head}; nothing was sent.\n{lines}")


class BadSetting(StepError):
    """A setting of the AWS SDK makes no sense, so that no client can be made."""

    exit_code = ExitCode.WRONG_INPUT
    title = "Wrong setting"

    advice = (
        "Check `endpoint-url`, `aws-region`, `profile`, and the job's environment variables that "
        "start with `AWS_`."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(f"The AWS SDK rejected its settings: {reason}")


# --- The service: whoever keeps the repository, or AWS, can mend these. -----------------------


class NotAsked(StepError):
    """CodeArtifact could not be asked what is there, so nothing was sent."""

    exit_code = ExitCode.NOT_ASKED
    title = "CodeArtifact could not be read"

    def __init__(self, *, where: str, reason: str, remedy: Remedy | None = None) -> None:
        """``where`` is the repository or package that was being read."""
        self._remedy = remedy
        super().__init__(f"{where} could not be read: {reason}")

    def remedy(self, place: Place, /) -> str:
        """What the reason generally means, and what to do; empty where nobody knows."""
        return self._remedy(place) if self._remedy is not None else ""


class NotPermitted(StepError):
    """A call was denied without which the step can't know what is meant, so nothing was sent.

    ``resources`` end the ARNs that the permission is needed for, from ``package/``,
    ``repository/`` or ``domain/`` on, as IAM patterns; the statement that is missing is made of
    them.
    """

    exit_code = ExitCode.FAILED_VERSIONS
    title = "A permission is missing"

    _UNKNOWN: ClassVar = {
        "ListPackages": "which packages are there",
        "ListRepositoriesInDomain": "which repositories there are",
        "DescribePackageVersion": "how old the versions are, for older-than",
    }

    def __init__(self, *, operation: str, resources: Sequence[str], message: str) -> None:
        """``message`` is the service's."""
        self.operation, self.resources, self.message = operation, tuple(resources), message
        unknown = self._UNKNOWN[operation]
        super().__init__(
            f"{operation} was denied, so it is not known {unknown}; nothing was sent.\n{message}"
        )

    def of(self, resources: Iterable[str]) -> "NotPermitted":
        """The same for all that the step would have asked for, as the first answer said no."""
        return NotPermitted(
            operation=self.operation, resources=tuple(resources), message=self.message
        )


class Interrupted(StepError):
    """A signal came before anything was sent."""

    exit_code = ExitCode.FAILED_VERSIONS  # replaced by 128 + the signal's number
    title = "Interrupted"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The step was stopped before anything was sent: {reason}.")
