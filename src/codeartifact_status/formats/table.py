"""Every format and its row, which is loaded with the first package of that format."""

from functools import cache
from typing import assert_never

from codeartifact_status.formats.rules import Rules
from codeartifact_status.model import Format


@cache
def rules_of(format_: Format) -> Rules:
    """What is different with a format."""
    match format_:
        case Format.NPM:
            from codeartifact_status.formats.npm import NPM

            return NPM
        case Format.PYPI:
            from codeartifact_status.formats.pypi import PYPI

            return PYPI
        case Format.MAVEN:
            from codeartifact_status.formats.maven import MAVEN

            return MAVEN
        case Format.NUGET:
            from codeartifact_status.formats.nuget import NUGET

            return NUGET
        case Format.GENERIC:
            from codeartifact_status.formats.generic import GENERIC

            return GENERIC
        case Format.RUBY:
            from codeartifact_status.formats.ruby import RUBY

            return RUBY
        case Format.SWIFT:
            from codeartifact_status.formats.swift import SWIFT

            return SWIFT
        case Format.CARGO:
            from codeartifact_status.formats.cargo import CARGO

            return CARGO
        case unknown:
            assert_never(unknown)


@cache
def format_of(purl_type: str) -> Format | None:
    """The format whose package URLs have a type."""
    return next((format_ for format_ in Format if rules_of(format_).purl_type == purl_type), None)
