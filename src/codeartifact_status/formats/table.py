"""Every format's row: the constant of its name, in the module of its name."""

from functools import cache
from importlib import import_module

from codeartifact_status.formats.rules import Rules
from codeartifact_status.model import Format


@cache
def rules_of(format_: Format) -> Rules:
    """What is different with a format; loaded with the first package of it."""
    rules: Rules = getattr(import_module(f"codeartifact_status.formats.{format_}"), format_.name)
    return rules


@cache
def format_of(purl_type: str) -> Format | None:
    """The format whose package URLs have a type."""
    return next((format_ for format_ in Format if rules_of(format_).purl_type == purl_type), None)
