"""What can stop a run, sorted by who can mend it, each with its exit code and its remedy. Pure.

A refused version is not here: it is data (``model.Outcome``). An exception means that the run
can't go on, and it is raised only before the first write. This module imports nothing of ours; what
keeps a run from an identity is in ``identity.refusals``.
One text a cause, kept beside its class: what happened, what that generally means, what to paste.
"""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from enum import IntEnum
from typing import ClassVar


class ExitCode(IntEnum):
    """What the process exits with; a signal exits with 128 + its number instead."""

    SUCCESS = 0
    FAILED_VERSIONS = 1
    WRONG_INPUT = 2
    NO_IDENTITY = 3
    NOT_ASKED = 4
    OUR_BUG = 70  # EX_SOFTWARE of sysexits.h


class StepError(Exception):
    """The run can't go on.

    ``title`` names the kind of trouble in a few words, ``str(error)`` says what happened, and
    ``advice`` what it generally means and what to paste, as Markdown; empty where the message says
    all.
    """

    exit_code: ClassVar[ExitCode]
    title: ClassVar[str]
    advice: str = ""

    def remedy(self, _action: str, /) -> str:
        """The advice, for a workflow that names this action so; it counts where a step is shown."""
        return self.advice


# --- The inputs: the author of the workflow can mend these. ---------------------------------


@dataclass(frozen=True, slots=True)
class Problem:
    """One wrong input, with what was expected.

    ``entry`` is the number of the entry of ``packages`` that it is in, from 1; 0 is the step
    itself. ``missing`` says that the input is absent. ``typed`` is what the user calls the input,
    where that isn't its name in a workflow.
    """

    field: str
    text: str
    _: KW_ONLY
    entry: int = 0
    missing: bool = False
    typed: str | None = None

    @property
    def name(self) -> str:
        """The input in the user's words; one of an entry with the entry's number."""
        name = self.typed or self.field.replace("_", "-")
        if not self.entry:
            return name
        entry = f"packages, entry {self.entry}"
        return entry if self.field == "packages" else f"{entry}: {name}"

    def __str__(self) -> str:
        """``name: text``, as it stands in the log."""
        return f"{self.name}: {self.text}"


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
        "Look at `endpoint-url`, `aws-region` and the environment variables of the job that "
        "start with `AWS_`, and at the profile, if there is one."
    )

    def __init__(self, reason: str) -> None:
        super().__init__(f"The AWS SDK can't work with its settings: {reason}")


# --- The service: whoever keeps the repository, or AWS, can mend these. -----------------------


class NotAsked(StepError):
    """CodeArtifact could not be asked what is there, so nothing was sent."""

    exit_code = ExitCode.NOT_ASKED
    title = "CodeArtifact could not be asked"

    def __init__(self, *, where: str, code: str, message: str, advice: str = "") -> None:
        """``where`` is the repository or package that was being read."""
        self.advice = advice
        super().__init__(f"{where} could not be read: {code}: {message}")


class Interrupted(StepError):
    """A signal came before anything was sent."""

    exit_code = ExitCode.FAILED_VERSIONS  # replaced by 128 + the signal's number
    title = "Interrupted"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The step was stopped before anything was sent: {reason}.")
