"""The inputs that say where packages are, and what is to change in one. No logic.

The latter are declared once for the step and for an entry of ``packages``.
"""

from typing import Annotated, Literal, TypeAlias

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from codeartifact_status.inputs import values
from codeartifact_status.inputs.declaring import CHANGE, SEVERAL, UNDO, Default, Details, Text
from codeartifact_status.model import Format, Status

_REQUIRED = Default("required*")

Target: TypeAlias = Literal[
    Status.PUBLISHED, Status.UNLISTED, Status.ARCHIVED, Status.DISPOSED, Status.DELETED
]


class Place(BaseModel):
    """The inputs that say where all of a step's packages are."""

    domain: Annotated[
        str | None,
        BeforeValidator(values.domain),
        Field(description="The CodeArtifact domain."),
        *(CHANGE, UNDO, Default("required")),
    ] = None
    domain_owner: Annotated[
        str | None,
        BeforeValidator(values.account_id),
        Field(description="The account that owns the domain, 12 digits."),
        *(CHANGE, UNDO, Default("the caller's account")),
    ] = None


class Entry(BaseModel):
    """The inputs that an entry of ``packages`` may say for itself; a step says them for all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    repository: Annotated[
        tuple[str, ...],
        BeforeValidator(values.repositories),
        Field(description="One or several, by lines or commas: the same change in each."),
        Details("`*` is [every repository](#whole-repositories) that has the version."),
        *(CHANGE, SEVERAL, _REQUIRED),
    ] = ()
    format: Annotated[
        Format | None,
        BeforeValidator(values.word),
        Field(description=f"One of {', '.join(f'`{format_}`' for format_ in Format)}."),
        *(CHANGE, _REQUIRED),
    ] = None
    namespace: Annotated[
        Text | None,
        Field(
            description="Maven groupId, npm scope with or without `@`, Swift or generic namespace."
        ),
        Details("Required for maven, swift and generic."),
        CHANGE,
    ] = None
    package: Annotated[
        Text | None,
        Field(
            description="The package; also `@scope/name` for npm and `group:artifact` for Maven."
        ),
        Details("In YAML, quote a name that starts with `@`."),
        *(CHANGE, _REQUIRED),
    ] = None
    versions: Annotated[
        tuple[str, ...],
        BeforeValidator(values.versions),
        Field(description="The versions, by lines, commas or spaces, or as a JSON array."),
        Details("A line that starts with `#` is a comment."),
        *(CHANGE, SEVERAL, _REQUIRED),
    ] = ()
    version_revisions: Annotated[
        dict[str, str],
        BeforeValidator(values.revisions),
        Field(
            description="The revisions that the versions must have: a map, or `version=revision`."
        ),
        Details("Can stand in for `versions`."),
        CHANGE,
    ] = {}
    expected_status: Annotated[
        Status | None,
        BeforeValidator(values.title),
        Field(description="The status that the versions must have now."),
        Details("A version that is already at the target is a success anyway."),
        CHANGE,
    ] = None
    target_status: Annotated[
        Target | None,
        BeforeValidator(values.target_status),
        Field(
            description="`Published`, `Unlisted`, `Archived`; `Disposed` or `Deleted`, if allowed."
        ),
        Details("The last two can't be undone, and need `allow-irreversible`."),
        *(CHANGE, _REQUIRED),
    ] = None
