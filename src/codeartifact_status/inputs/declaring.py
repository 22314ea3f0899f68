"""How an input is declared: in which group it stands, and what is said of it beside its type.

Nothing here knows a certain input.
"""

from dataclasses import dataclass
from typing import Annotated, TypeAlias

from annotated_types import Ge, Le
from pydantic import BeforeValidator, Field
from pydantic.fields import FieldInfo

from codeartifact_status.inputs import values
from codeartifact_status.model import Allowed


@dataclass(frozen=True, slots=True)
class Group:
    """Where an input stands in ``--help`` and in the reference, and what its group is about."""

    title: str
    text: str


CHANGE = Group("What to change", "The packages, their versions, and the status that they get.")
WAY = Group("How to go about it", "What is allowed to fail, and how far a step may go.")
BACK = Group("What comes back", "The files and forms in which the result is given.")
WHO = Group("Who you are", "The identity: a role, or the AWS credentials at hand.")
CONNECTION = Group("The connection", "How AWS is reached.")
GROUPS = (CHANGE, WAY, BACK, WHO, CONNECTION)


@dataclass(frozen=True, slots=True)
class Details:
    """What the reference says of an input beside its description, as Markdown.

    Its links are anchors of ``docs/reference.md``.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Default:
    """What the reference says in place of a default that depends on something, as Markdown."""

    text: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A property that some inputs have."""

    meaning: str


UNDO = Mark("says where or as whom, so that a step that undoes this one needs it, too")
SECRET = Mark("may be meant as a secret, so that its value is never shown")
SEVERAL = Mark("takes several values, which are words as a flag")

Text: TypeAlias = Annotated[str, BeforeValidator(values.text)]
Switch: TypeAlias = Annotated[bool, BeforeValidator(values.boolean)]
Seconds: TypeAlias = Annotated[int, Field(ge=0, le=86400)]
Count: TypeAlias = Annotated[int, Field(ge=0, le=1_000_000)]


def bounds(field: FieldInfo) -> tuple[int, int] | None:
    """The least and the most that a number may be; None for what is no number."""
    least = next((mark.ge for mark in field.metadata if isinstance(mark, Ge)), None)
    most = next((mark.le for mark in field.metadata if isinstance(mark, Le)), None)
    return (least, most) if isinstance(least, int) and isinstance(most, int) else None


def limits(field: FieldInfo) -> str | None:
    """The bounds of a number as a sentence; None where it is no number, or may be 0."""
    least, most = bounds(field) or (0, 0)
    return f"{least} to {most}." if least else None


def default_of(field: FieldInfo) -> str | None:
    """A field's default as an author of workflows would write it; None for nothing."""
    match field.default:
        case bool() as value:
            return str(value).lower()
        case Allowed():
            return "false"
        case None | () | {}:
            return None
        case value:
            return str(value)


def plain(field: FieldInfo) -> str:
    """An input's description without Markdown."""
    return (field.description or "").replace("`", "")
