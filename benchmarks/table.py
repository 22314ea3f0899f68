"""A table of figures, as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``columns`` whose names end in a colon are aligned to the right."""

    title: str
    text: str
    columns: Sequence[str]
    rows: Sequence[Sequence[object]]

    def markdown(self) -> str:
        """The table under its title."""
        lines = [
            f"## {self.title}",
            "",
            self.text,
            "",
            _line([column.rstrip(":") for column in self.columns]),
            _line(["---:" if column.endswith(":") else "---" for column in self.columns]),
            *map(_line, self.rows),
        ]
        return "\n".join(lines)


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(map(str, cells))} |"
