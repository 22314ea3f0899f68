"""What is asked for by the step, or by an entry of ``packages`` together with it. No checks."""

from dataclasses import dataclass, replace

from codeartifact_status.errors import Problem
from codeartifact_status.formats import names
from codeartifact_status.inputs.entry import Entry
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.model import Selection, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What is asked for one package, complete: by the step, or by an entry together with it.

    ``number`` is the entry's, from 1; 0 is the step itself. ``has_versions`` says that an entry
    names its versions itself. ``broken`` are the step's inputs that are wrong by themselves, so
    that nothing more is to be said of them.
    """

    step: Inputs
    entry: Entry
    number: int = 0
    has_versions: bool = False
    broken: frozenset[str] = frozenset()
    from_yaml: bool = False
    """Whether the versions are those of a workflow's input, which has gone through YAML."""

    @property
    def selects(self) -> bool:
        """Whether versions are meant besides those that are named."""
        return bool(self.step.versions_matching) and not self.has_versions

    @property
    def selection(self) -> Selection | None:
        """What is meant besides the versions that are named, and what is left out of all."""
        excluding = self.step.exclude_versions
        if not self.selects:
            return Selection(excluding=excluding) if excluding else None
        return Selection(
            matching=self.step.versions_matching,
            excluding=excluding,
            keep_latest=self.keep_latest,
            older_than=self.step.older_than,
        )

    @property
    def keeps_by_default(self) -> bool:
        """Whether nobody said how many of the newest are left alone."""
        return self.step.keep_latest is None

    @property
    def keep_latest(self) -> int:
        """How many of the newest are left alone; age alone never takes the last one away."""
        if self.step.keep_latest is not None:
            return self.step.keep_latest
        hides = self.entry.target_status is not Status.PUBLISHED
        return 1 if self.step.older_than is not None and hides else 0

    def problem(self, field: str, text: str, *, missing: bool = False) -> Problem:
        """A problem with a field of it."""
        entries = (self.number,) if self.number else ()
        return Problem(field, text, entries=entries, missing=missing)


def of_entry(step: Asked, number: int, entry: Entry) -> Asked:
    """What an entry of ``packages`` asks for; what it leaves out comes from the ``step``."""
    said = {name: getattr(entry, name) for name in entry.model_fields_set}
    format_ = said.get("format", step.entry.format)
    scoped = format_ and names.split_name(format_, said.get("package", ""))[0] is not None
    if scoped or (step.entry.format and format_ is not step.entry.format):
        # A scoped name has its own namespace, and a namespace makes sense in one format only.
        said.setdefault("namespace", None)
    if "version_revisions" in said:
        said.setdefault("versions", ())
    elif "versions" in said:
        said.setdefault("version_revisions", {})
    return replace(
        step,
        number=number,
        entry=step.entry.model_copy(update=said),
        has_versions="versions" in said,
        from_yaml=step.from_yaml and "versions" not in said,
    )
