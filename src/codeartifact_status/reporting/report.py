"""A run, how it is shown, and what follows from both, derived once for all who tell of it. Pure.

Exit code, outcome, counts and kinds of failure, and the documents ``result`` and ``undo``. How any
of it reads is the business of the modules beside this one.
"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from codeartifact_status.errors import ExitCode, Place, System
from codeartifact_status.model import Failure, Output, Verdict
from codeartifact_status.planning.undo import undo
from codeartifact_status.reporting.answer import QueryFailed, queried
from codeartifact_status.reporting.documents import MAPS, all_versions, compact, result
from codeartifact_status.reporting.rows import (
    CONSEQUENCES,
    Account,
    Fate,
    Row,
    account_of,
    by_fate,
    total,
)
from codeartifact_status.reporting.run import ACTION, Run
from codeartifact_status.reporting.wording import as_typed, count_of


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
    flags: Mapping[str, str] = field(default_factory=dict)
    """The inputs' flags by their names, where that is how a reader knows them."""
    system: System = System.GITHUB
    """The CI system."""
    from_fork: bool = False
    """Whether a pull request from a fork started the run."""
    by_dependabot: bool = False
    """Whether Dependabot did."""
    query: str | None = None
    """A JMESPath expression over the result, or over that answer."""
    output: Output = Output.TEXT
    """The form of the one or the other."""
    dotenv_limit: int | None = None
    """Bytes that the CI system takes of the file of all outputs."""

    @property
    def place(self) -> Place:
        """What remedies are written for."""
        return Place(
            action=self.action,
            system=self.system,
            by_flags=self.by_flags,
            names_role="role-to-assume" in self.setting,
            from_fork=self.from_fork,
            by_dependabot=self.by_dependabot,
        )

    def spoken(self, text: str) -> str:
        """A text of ours on inputs, in the words in which they were given."""
        return as_typed(text, self.flags)


@dataclass(frozen=True, slots=True)
class Trouble:
    """One kind of failure: its code, whether it is allowed, and what failed so.

    Each row has beside it how the first of its versions failed.
    """

    code: str
    allowed: bool
    failures: tuple[tuple[Row, Failure], ...]

    @property
    def rows(self) -> list[Row]:
        """What failed so."""
        return [row for row, _ in self.failures]

    @property
    def is_consequence(self) -> bool:
        """Whether it follows from the failure of others, and so is not the trouble itself."""
        return all(row.fate in CONSEQUENCES for row in self.rows)

    @property
    def count(self) -> str:
        """How many versions failed so, in words."""
        return count_of(total(self.rows))


@dataclass(frozen=True, kw_only=True)
class Report:
    """A run and how it is shown. Without slots, so that what is derived from them is kept."""

    run: Run
    presentation: Presentation = field(default_factory=Presentation)

    @cached_property
    def accounts(self) -> Sequence[Account]:
        """What became of each request."""
        return [account_of(self.run, request) for request in self.run.requests]

    @cached_property
    def rows(self) -> Mapping[Fate, Sequence[Row]]:
        """What became of all versions; a fate that none has is there without rows."""
        return by_fate(row for account in self.accounts for row in account.rows)

    @cached_property
    def counts(self) -> Counter[Fate]:
        """How many versions ended in which way."""
        return Counter({fate: total(self.rows[fate]) for fate in Fate})

    @cached_property
    def troubles(self) -> list[Trouble]:
        """The kinds of failure: the ones to mend first, then consequences, then what is allowed."""
        kinds: dict[str, list[tuple[Row, Failure]]] = {}
        for rows in self.rows.values():
            for row in rows:
                if row.failure is not None:
                    kinds.setdefault(row.code, []).append((row, row.failure))
        allowed = self.run.allowed
        found = [Trouble(code, allowed.covers(code), tuple(kinds[code])) for code in kinds]
        return sorted(found, key=lambda trouble: (trouble.allowed, trouble.is_consequence))

    @property
    def refused(self) -> list[Trouble]:
        """The kinds of failure that fail the step."""
        return [trouble for trouble in self.troubles if not trouble.allowed]

    @property
    def exit_code(self) -> int:
        """What the process exits with: 0 only if every version is at its target, or allowed.

        And if the query has an answer.
        """
        unanswered = ExitCode.FAILED_VERSIONS if self.query_failure else ExitCode.SUCCESS
        return self._exit_code or unanswered

    @property
    def _exit_code(self) -> int:
        run = self.run
        if run.signal is not None:
            return 128 + run.signal
        if run.bug is not None:
            return ExitCode.OUR_BUG
        if run.error is not None and not run.overdue:
            return run.error.exit_code
        failed = run.overdue or run.refusal is not None or self.refused
        return ExitCode.FAILED_VERSIONS if failed else ExitCode.SUCCESS

    @property
    def outcome(self) -> str:
        """The outcome of the whole step: rolled-back, failed, planned, changed or unchanged."""
        return self._outcome_with(self.exit_code)

    def _outcome_with(self, exit_code: int) -> str:
        if self.counts[Fate.PUT_BACK]:
            return Verdict.ROLLED_BACK.value
        if exit_code != ExitCode.SUCCESS:
            return Verdict.FAILED.value
        if self.counts[Fate.PLANNED]:
            return Verdict.PLANNED.value
        return (Verdict.CHANGED if self.counts[Fate.CHANGED] else Verdict.UNCHANGED).value

    @cached_property
    def undo(self) -> list[dict[str, Any]]:
        """The ``packages`` document that reverses the run."""
        return undo(self.run.requests, self.run.outcomes, unread=self.run.unread)

    @cached_property
    def undo_json(self) -> str:
        """The same as JSON, whole."""
        return compact(self.undo)

    @cached_property
    def result(self) -> dict[str, Any]:
        """Everything that came of the run, in the order in which it was asked for."""
        return result(self.run, outcome=self.outcome)

    @cached_property
    def result_json(self) -> str:
        """The same as JSON, whole."""
        return compact(self.result)

    @cached_property
    def answer(self) -> Any:
        """What a command line is answered: what its query finds, or all of it.

        With one package, the API's own answer is queried; with more, the ``result``.

        Raises:
            QueryFailed: the query can't be evaluated.
        """
        # A query that fails fails the step, whose outcome is in what it is asked of.
        if self.presentation.by_flags and self.run.requests and self.run.has_one_package:
            document = {name: all_versions(self.run, name) for name in MAPS}
        else:
            document = result(self.run, outcome=self._outcome_with(self._exit_code))
        # Through JSON, because jmespath knows only the plain types, and a status is an enum here.
        return queried(json.loads(compact(document)), self.presentation.query)

    @cached_property
    def query_failure(self) -> QueryFailed | None:
        """Why the query, if there is one, can't be evaluated."""
        if self.presentation.query is None:
            return None
        try:
            _ = self.answer
        except QueryFailed as error:
            return error
        return None
