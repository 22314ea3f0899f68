"""What is missing from what is asked for, or doesn't fit together in it.

A package needs a format, a format may need a namespace, revisions belong to versions.
"""

import re
from collections import Counter
from collections.abc import Iterator

from codeartifact_status.errors import Problem
from codeartifact_status.formats import names
from codeartifact_status.formats.expressions import matcher, order_of
from codeartifact_status.formats.patterns import NAME
from codeartifact_status.formats.rules import Rules
from codeartifact_status.formats.table import rules_of
from codeartifact_status.inputs import values
from codeartifact_status.inputs.asked import Asked
from codeartifact_status.model import Format, Status

_NAME = "1 to 255 characters without #, / and white space"


def misfits(asked: Asked) -> Iterator[Problem]:
    """What is missing or contradicts another value, as far as both are not broken anyway."""
    found = (
        *_missing(asked),
        *_misfit_revisions(asked),
        *_misfit_name(asked),
        *_misfit_globs(asked),
        *_misfit_selection(asked),
        *_irreversible(asked),
    )
    return (problem for problem in found if problem.field not in asked.broken)


def _irreversible(asked: Asked) -> Iterator[Problem]:
    target = asked.entry.target_status
    if target in {Status.DISPOSED, Status.DELETED} and not asked.step.allow_irreversible:
        text = f"{target} can't be undone; to allow it, set allow-irreversible: true"
        yield asked.problem("target_status", text)


_HOLDS_A_VERSION = re.compile(r"==|,|(?<!^)@")
"""In what was taken for a name: ``name==1.0``, ``name,1.0``, ``name@1.0`` as ``package``."""


def _missing(asked: Asked) -> Iterator[Problem]:
    entry = asked.entry
    # A step that has packages has no package of its own.
    elsewhere = ", in the entry or in the step" if asked.number else ", unless packages gives it"
    for name in ("repository", "format", "package", "target_status"):
        if not getattr(entry, name) and not (name == "package" and asked.step.packages_matching):
            where = "" if asked.number and name == "package" else elsewhere
            yield asked.problem(name, f"it is required{where}", missing=True)
    named = entry.versions or entry.version_revisions or asked.selects
    sources = {"version_revisions", "versions_matching", "version_from_tag"}
    if not named and not sources & asked.broken:
        text = "it is required, unless version-revisions or versions-matching is given"
        if _HOLDS_A_VERSION.search(entry.package or ""):
            text += f"; {values.shown(entry.package)} was read as a name: write name@version"
        yield asked.problem("versions", text, missing=True)


_SHOWN = 5
"""Versions that one problem names."""


def _misfit_revisions(asked: Asked) -> Iterator[Problem]:
    versions, pinned = list(asked.entry.versions), list(asked.entry.version_revisions)
    format_ = asked.entry.format
    if format_ is not None:
        versions = [names.normal_version(format_, version) for version in versions]
        pinned = [names.normal_version(format_, version) for version in pinned]
    distinct = set(pinned)
    if len(distinct) < len(pinned):
        twice, _ = Counter(pinned).most_common(1)[0]
        text = f"version {values.shown(twice)} is given twice"
        yield asked.problem("version_revisions", text)
        return
    if not versions or not pinned or set(versions) == distinct:
        return
    parts = []
    if lacking := [version for version in versions if version not in distinct]:
        parts.append(f"missing: {', '.join(map(values.shown, lacking[:_SHOWN]))}")
    wanted = set(versions)
    if extra := [version for version in pinned if version not in wanted]:
        parts.append(f"unexpected: {', '.join(map(values.shown, extra[:_SHOWN]))}")
    text = f"must name the same versions as versions ({'; '.join(parts)})"
    yield asked.problem("version_revisions", text)


def _misfit_name(asked: Asked) -> Iterator[Problem]:
    format_, package, namespace = asked.entry.format, asked.entry.package, asked.entry.namespace
    if format_ is None:
        return
    rules = rules_of(format_)
    if package is None:
        if namespace is not None and asked.step.packages_matching:
            yield from _misfit_namespace(asked, rules, format_, namespace)
        return
    scope, name = names.split_name(format_, package)
    if re.search(r"[*?]", package):
        text = (
            f"must be one name (got {values.shown(package)}); for a pattern, use packages-matching"
        )
        yield asked.problem("package", text)
    elif not rules.name.fullmatch(name):
        text = f"{values.shown(package)} is not a package name: {_NAME}{rules.name_hint}"
        yield asked.problem("package", text)
    whole = namespace or scope
    if whole is None:
        if rules.namespace is not None and rules.namespace.is_required:
            text = f"it is required for {format_}: the {rules.namespace.word}"
            yield asked.problem("namespace", text, missing=True)
        return
    wrong = list(_misfit_namespace(asked, rules, format_, whole))
    yield from wrong
    normal = names.normal_namespace(format_, whole)
    if not wrong and scope is not None and names.normal_namespace(format_, scope) != normal:
        text = f"{values.shown(namespace)} contradicts package {values.shown(package)}"
        yield asked.problem("namespace", text)


def _misfit_namespace(
    asked: Asked, rules: Rules, format_: Format, namespace: str
) -> Iterator[Problem]:
    if rules.namespace is None:
        yield asked.problem("namespace", f"{format_} packages have no namespace; remove it")
    elif not NAME.fullmatch(names.normal_namespace(format_, namespace)):
        text = f"{values.shown(namespace)} is not a {rules.namespace.word}: {_NAME}"
        yield asked.problem("namespace" if asked.entry.namespace else "package", text)


def _misfit_globs(asked: Asked) -> Iterator[Problem]:
    """What no package's name can hold, so that an exclusion would hold back nothing."""
    for field in ("packages_matching", "exclude_packages"):
        for glob in getattr(asked.step, field):
            if re.search(r"[\s,#]", glob):
                text = f"{values.shown(glob)} is not a name or a glob like acme-*: one a line"
                yield asked.problem(field, text)


_BY_DEFAULT = "; with older-than it is 1, unless keep-latest: 0 is given"


def _misfit_selection(asked: Asked) -> Iterator[Problem]:
    format_, selection = asked.entry.format, asked.selection
    if format_ is None or selection is None:
        return
    for name, expressions in (
        ("versions_matching", selection.matching),
        ("exclude_versions", selection.excluding),
    ):
        for expression in expressions:
            try:
                matcher(format_, expression)
            except ValueError as error:
                yield asked.problem(name, str(error))
    if selection.keep_latest:
        try:
            order_of(format_)
        except ValueError as error:
            yield asked.problem("keep_latest", f"{error}{_BY_DEFAULT * asked.keeps_by_default}")
