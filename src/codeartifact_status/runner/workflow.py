"""The edge to the runner: its workflow commands, its files, and the log. Nothing else prints.

The log goes to stdout, or to stderr where stdout is for the answer to a command line.

On GitHub, stdout is parsed for commands: ``::name::`` at a line's start (after trimming), and the
old ``##[name]`` anywhere in a line. So every line passes through ``printable``, and every secret
that was ever masked is cut out of whatever leaves the process (``masks``). Elsewhere
(``GITHUB_ACTIONS`` unset) no command is written: a mask command would print the very secret.
"""

import contextlib
import logging
import os
import re
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from enum import StrEnum

from actions_toolkit.command import Command
from actions_toolkit.file_command import prepare_key_value_message

from codeartifact_status.escaping import printable, without_userinfo
from codeartifact_status.reporting.annotations import Annotation, Level
from codeartifact_status.runner import bounded, streams
from codeartifact_status.runner.masks import Masks

WIRE = ("botocore.endpoint", "botocore.parsers", "urllib3.connectionpool")
"""The loggers of what is sent and answered, for ``debug``."""

_unlogged: ContextVar[bool] = ContextVar("unlogged", default=False)


@contextlib.contextmanager
def unlogged() -> Iterator[None]:
    """Keep what is sent and answered meanwhile out of the log of ``debug``: it holds new keys."""
    token = _unlogged.set(True)
    try:
        yield
    finally:
        _unlogged.reset(token)


class Tone(StrEnum):
    """How a line of the log is colored, as an SGR parameter (ECMA-48, 8.3.117)."""

    GOOD = "32"
    DOUBTFUL = "33"
    BAD = "31"


class Workflow:
    """The runner as this program sees it; safe to use from several threads."""

    def __init__(
        self, *, on_github: bool, answers: bool = False, color: bool | None = None
    ) -> None:
        """``on_github`` says whether what is printed is parsed for commands.

        ``answers`` says that stdout is for ``show`` alone; ``color``, whether the log has colors,
        by default on a terminal.
        """
        self._on_github = on_github
        self._answers = answers
        self._log = "stderr" if answers else "stdout"
        self._masks = Masks()
        # urllib3 would write its warnings to stderr, past all that is above.
        logging.captureWarnings(capture=True)
        self._lock = threading.RLock()
        streams.prepare()
        self._has_colors = _takes_colors(self._log) if color is None else color

    def mask(self, secret: str) -> None:
        """Keep ``secret`` out of the log, the outputs and the summary from now on."""
        with self._lock:
            pieces = self._masks.add(secret)
            # No other program runs in a command's process, and its stderr may go to a file.
            if self._on_github and not self._answers:
                for piece in pieces:
                    self._command("add-mask", {}, piece)

    def line(self, text: str = "", *, tone: "Tone | None" = None) -> None:
        """Write to the log, at once; each line of ``text`` by itself."""
        with self._lock:
            lines = [printable(one) for one in self.clean(text).split("\n")]
            if tone is not None and self._has_colors:
                lines = [f"\x1b[{tone}m{one}\x1b[0m" for one in lines]
            self._write(self._log, "".join(f"{one}\n" for one in lines))

    def show(self, text: str) -> None:
        """Write an answer to stdout, as it is: it has been made for a reader or a program.

        Raises:
            OSError: it can't be written; that nobody reads any more is no error.
        """
        with self._lock:
            streams.show(self.clean(text))

    def group(self, title: str, lines: Sequence[str] = ()) -> None:
        """Write a line to the log, and those that belong to it: folded on GitHub."""
        is_folded = self._on_github and bool(lines)
        if is_folded:
            self._command("group", {}, printable(self.clean(title)))
        else:
            self.line(title)
        for line in lines:
            self.line(f"  {line}")
        if is_folded:
            self._command("endgroup", {}, "")

    def annotate(self, annotation: Annotation) -> None:
        """Show an error or a warning on the run's page; in the log, elsewhere."""
        title, message = self.clean(annotation.title), self.clean(annotation.message)
        if self._on_github:
            shown = "\n".join(printable(one) for one in message.split("\n"))
            self._command(annotation.level.value, {"title": printable(title)}, shown)
        else:
            tone = Tone.BAD if annotation.level is Level.ERROR else Tone.DOUBTFUL
            self.line(f"{annotation.level.value}: {title}", tone=tone)
            self.line(f"{message}\n")

    def write_outputs(self, values: Mapping[str, str]) -> None:
        """Hand the outputs to the steps that follow.

        Raises:
            OSError: the file that the runner named can't be written.
        """
        path = os.environ.get("GITHUB_OUTPUT")
        if path:
            # At once, so that whoever kills the process finds all of them or none.
            messages = (prepare_key_value_message(k, self.clean(v)) for k, v in values.items())
            bounded.append(path, "".join(f"{message}{os.linesep}" for message in messages))

    def write_summary(self, markdown: str) -> None:
        """Add to the job summary.

        Raises:
            OSError: the file that the runner named can't be written.
        """
        path = os.environ.get("GITHUB_STEP_SUMMARY")
        if path:
            bounded.append(path, f"{self.clean(markdown)}{os.linesep}")

    def log_from(self, *loggers: str) -> None:
        """Bring what these loggers say into the log, for ``debug``."""
        handler = _LogHandler(self)
        for name in loggers:
            logger = logging.getLogger(name)
            logger.addHandler(handler)
            logger.setLevel(logging.DEBUG)
            logger.propagate = False

    def clean(self, text: str) -> str:
        """``text`` without any secret that was ever masked."""
        with self._lock:
            return self._masks.clean(text)

    def _command(self, name: str, properties: Mapping[str, str], message: str) -> None:
        self._write(self._log, f"{Command(name, dict(properties), message)}\n")

    def _write(self, stream: str, text: str) -> None:
        """Write to a stream; where nobody reads it any more, go on without it."""
        try:
            with self._lock:
                streams.put(stream, text)
        except (OSError, ValueError):
            # The outputs and the undo are worth more than the log.
            streams.silence(stream)


def _takes_colors(stream: str) -> bool:
    """Whether a stream is a terminal that shows colors, and nobody wants none (no-color.org)."""
    is_plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return not is_plain and bool(getattr(sys, stream).isatty())


# What a log of botocore may show besides the secrets that were masked: signatures, and whatever
# credentials renewed themselves behind our back.
_SECRET = re.compile(
    r"(Signature=|Security-Token': b?'|WebIdentityToken=|<(?:SecretAccessKey|SessionToken)>)"
    r"[^\s&,'<]+"
)


class _LogHandler(logging.Handler):
    def __init__(self, workflow: Workflow) -> None:
        super().__init__()
        self._workflow = workflow

    def emit(self, record: logging.LogRecord) -> None:
        if _unlogged.get():
            return
        message = _SECRET.sub(r"\1***", without_userinfo(record.getMessage()))
        self._workflow.line(f"debug: {record.name}: {message}")
