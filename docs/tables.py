"""Write what the documentation says of inputs and causes, from their declarations and tables.

`python docs/tables.py` writes; with `--check` it only says which file would be another.
"""

import json
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from causes import troubleshooting
from flags import help_rows

from codeartifact_status.inputs.declaring import Default, Details, default_of, limits, plain
from codeartifact_status.inputs.fields import Inputs
from codeartifact_status.inputs.options import INPUTS
from codeartifact_status.inputs.sources import kebab

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = "docs/reference.md"

NEEDED = (
    *("role_to_assume", "aws_region", "domain", "repository", "format", "package", "versions"),
    *("version_from_tag", "packages", "packages_matching", "expected_status", "target_status"),
    *("on_failure", "dry_run", "undo_file"),
)
"""The inputs that most steps need: those of the README."""


def action_inputs() -> str:
    """The inputs of `action.yml`. None is required: that depends on other inputs."""
    lines: list[str] = []
    for name in (name for names in INPUTS.values() for name in names):
        field = Inputs.model_fields[name]
        lines += [f"  {kebab(name)}:", "    description: >-", f"      {plain(field)}"]
        if (default := default_of(field)) is not None:
            lines.append(f"    default: {json.dumps(default)}")
    return "\n".join(lines)


def _table(names: Iterable[str]) -> str:
    """The table of some inputs, as the reference has it."""
    rows = ["| input | default | |", "| --- | --- | --- |"]
    for name in names:
        field = Inputs.model_fields[name]
        said = {type(mark): mark.text for mark in field.metadata if hasattr(mark, "text")}
        default = default_of(field)
        shown = said.get(Default) or (f"`{default}`" if default is not None else "")
        text = " ".join(filter(None, (field.description, limits(field), said.get(Details))))
        cells = (f"`{kebab(name)}`", shown, text)
        rows.append(f"| {' | '.join(cells)} |".replace("|  |", "| |"))
    return "\n".join(rows)


def readme_inputs() -> str:
    """The inputs that most steps need; what is said of them further is in the reference."""
    return _table(NEEDED).replace("](#", f"]({REFERENCE}#")


def all_inputs() -> str:
    """A table for each group of inputs."""
    return "\n\n".join(
        f"### {group.title}\n\n{group.text}\n\n{_table(names)}" for group, names in INPUTS.items()
    )


PARTS: dict[str, tuple[str, Callable[[], str]]] = {
    "action.yml": (r"(?<=^inputs:\n).*?(?=\n\noutputs:$)", action_inputs),
    "README.md": (
        r"(?<=^<!-- inputs: written by make docs -->\n\n).*?(?=\n\n<!-- /inputs -->$)",
        readme_inputs,
    ),
    REFERENCE: (
        r"(?<=^<!-- inputs: written by make docs -->\n\n).*?(?=\n\n<!-- /inputs -->$)",
        all_inputs,
    ),
    "docs/troubleshooting.md": (
        r"(?<=^<!-- causes: written by make docs -->\n\n).*?(?=\n\n<!-- /causes -->$)",
        troubleshooting,
    ),
    "src/codeartifact_status/inputs/help_rows.py": (
        r"(?<=^# rows: written by make docs\n).*?(?=\n# /rows$)",
        help_rows,
    ),
}
"""The part of each file that is written, and what it says."""


def main() -> int:
    """Write, or check; the number of files that differ."""
    different = []
    for name, (pattern, make) in PARTS.items():
        path = ROOT / name
        old = path.read_text(encoding="utf-8")
        text = make()
        new, count = re.subn(
            pattern, lambda _, text=text: text, old, flags=re.DOTALL | re.MULTILINE
        )
        if count != 1:
            raise SystemExit(f"{name} has no part to write, or several")
        if new != old:
            different.append(name)
            if "--check" not in sys.argv:
                path.write_text(new, encoding="utf-8")
    if different and "--check" in sys.argv:
        print(f"{', '.join(different)}: not what the program says; run `make docs`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
