"""Every format and its row."""

from codeartifact_status.formats.cargo import CARGO
from codeartifact_status.formats.generic import GENERIC
from codeartifact_status.formats.maven import MAVEN
from codeartifact_status.formats.npm import NPM
from codeartifact_status.formats.nuget import NUGET
from codeartifact_status.formats.pypi import PYPI
from codeartifact_status.formats.ruby import RUBY
from codeartifact_status.formats.rules import Rules
from codeartifact_status.formats.swift import SWIFT
from codeartifact_status.model import Format

RULES: dict[Format, Rules] = {
    Format.NPM: NPM,
    Format.PYPI: PYPI,
    Format.MAVEN: MAVEN,
    Format.NUGET: NUGET,
    Format.GENERIC: GENERIC,
    Format.RUBY: RUBY,
    Format.SWIFT: SWIFT,
    Format.CARGO: CARGO,
}
