"""Globs over package names, as users write names: ``@acme/*``, ``com.acme:*``, ``acme-*``.

``*`` and ``?`` take any character, and ``[`` is a letter like others. Names are compared as the
service keeps them.
"""

import fnmatch
import re
from collections.abc import Callable, Iterable

from codeartifact_status.formats.names import normal_name, package_title
from codeartifact_status.formats.table import rules_of
from codeartifact_status.model import Format, Package

WILDCARD = re.compile(r"[*?]")


def normal_glob(format_: Format, glob: str) -> str:
    """The glob in the spelling in which the service keeps names."""
    return normal_name(format_, glob)


def any_glob(globs: Iterable[str], namespace: str | None) -> Callable[[Package], bool]:
    """Whether any of ``globs`` matches a package's name.

    Where the ``namespace`` is given apart from the globs, they may be over the name alone, too.
    """
    texts = (fnmatch.translate(glob.replace("[", "[[]")) for glob in globs)
    # With no glob at all there is nothing to match.
    pattern = re.compile("|".join(texts) or r"(?!)")

    def matches(package: Package) -> bool:
        if namespace is not None and package.namespace != namespace:
            return False
        names = {package_title(package), *([package.name] if namespace is not None else [])}
        return any(map(pattern.match, names))

    return matches


def taken_apart(format_: Format, glob: str, namespace: str | None) -> tuple[str, str]:
    """Globs over a namespace and over a name, as narrow as can be, that all that matches meets.

    The namespace's is empty where what matches has none.
    """
    kind = rules_of(format_).namespace
    if kind is None:
        return "", glob
    if namespace is not None:
        head = kind.join(namespace, "")
        start = literal_start(glob)
        if start.startswith(head):
            return namespace, glob.removeprefix(head)
        if WILDCARD.search(glob) and head.startswith(start):
            return namespace, _end(glob, kind.separator)
        return namespace, glob
    if kind.mark and not glob.startswith((kind.mark, "*", "?")):
        return "", glob
    body = glob.removeprefix(kind.mark)
    whole, separator, name = body.partition(kind.separator)
    if not separator:
        # A wildcard stands for the separator.
        whole, name = f"{literal_start(body)}*", _end(body, kind.separator)
    # One at the beginning may stand for the mark.
    return re.sub(r"^[*?]+", "*", whole) if kind.mark and body == glob else whole, name


def literal_start(glob: str) -> str:
    """What every name begins with that a glob matches."""
    return WILDCARD.split(glob, maxsplit=1)[0]


def _end(glob: str, separator: str) -> str:
    """A glob for the names at the end of what another one matches."""
    return "*" + WILDCARD.split(glob)[-1].rpartition(separator)[2]
