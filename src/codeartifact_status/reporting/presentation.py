"""How a run is shown: to whom, in which form, and what a way back needs besides the run. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from codeartifact_status.model import ACTION, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class Presentation:
    """The reader's side of a report; the defaults are those of a step on GitHub."""

    on_github: bool = True
    """Whether the way back is a step of a workflow, or a command."""
    action: str = ACTION
    """What such a step uses."""
    setting: Mapping[str, str] = field(default_factory=dict)
    """The inputs that the way back needs again, by name."""
    undo_file: str | None = None
    """The path of the undo-file, if one is written."""
    by_flags: bool = False
    """Whether a command line asks, and wants an answer."""
    query: str | None = None
    """A JMESPath expression over the result, or over that answer."""
    output: Output = Output.TEXT
    """The form of the one or the other."""
    dotenv_limit: int | None = None
    """Bytes that the CI system takes of the file of all outputs."""
