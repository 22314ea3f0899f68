"""The tag that triggered a run names a version, and perhaps a package. Pure."""

import re

_VERSION = r"(?P<version>\d[^/\s]*)"
_VERSION_OR_V = r"(?P<version>v?\d[^/\s]*)"
# The shortest that matches; a scope's slash is the only one that a package's name may hold.
_PACKAGE = r"(?P<package>(?:@[^/\s]+/)?[^/\s]+?)"

MAX_TAG = 1000
"""Characters of a tag or a pattern; a name that Git can keep has far less."""


def tag_pattern(text: str) -> re.Pattern[str]:
    """The pattern of a tag, such as ``v{version}`` or ``{package}@{version}``.

    A version begins with a digit, or with ``v`` and a digit where no ``v`` stands right before it:
    ``my-lib-1.2.3-rc.1`` is package ``my-lib`` to ``{package}-{version}``.

    Raises:
        ValueError: it has no ``{version}``, one of the two twice, or other braces, or is too long.
    """
    if len(text) > MAX_TAG:
        raise ValueError(f"must have at most {MAX_TAG} characters")
    pieces = re.split(r"(\{[^{}]*\})", text)
    holes = [piece for piece in pieces if piece.startswith("{") and piece.endswith("}")]
    unknown = [hole for hole in holes if hole not in {"{version}", "{package}"}]
    if unknown:
        raise ValueError(f"unknown placeholder {unknown[0]}; there are {{version}} and {{package}}")
    if holes.count("{version}") != 1 or holes.count("{package}") > 1:
        raise ValueError("must contain {version} exactly once, and {package} at most once")
    after_v = "v{version}" in text.lower()
    patterns = {"{version}": _VERSION if after_v else _VERSION_OR_V, "{package}": _PACKAGE}
    return re.compile(
        "".join(patterns.get(piece) or re.escape(piece) for piece in pieces), re.ASCII
    )


def is_tag(ref: str) -> bool:
    """Whether a Git ref is a tag."""
    return ref.startswith(_TAGS)


def read_tag(pattern: str, ref: str, *, example: str) -> tuple[str | None, str]:
    """The package, if the pattern names it, and the version that a tag stands for.

    ``example`` is the variable that would name a tag, with a value.

    Raises:
        ValueError: the ref is no tag, or the tag doesn't match.
    """
    if not ref:
        name, _, _ = example.partition("=")
        raise ValueError(f"no tag is known: {name} is not set (for example, {example})")
    if not is_tag(ref):
        raise ValueError(f"the run was triggered by {ref}, not by a tag")
    tag = ref.removeprefix(_TAGS)
    found = _match(pattern, tag)
    if found is None:
        meant = _pattern_for(tag, names_package="{package}" in pattern)
        hint = f'; did you mean "{meant}"?' if meant is not None else ""
        raise ValueError(f"the tag {tag} does not match{hint}")
    return found.groupdict().get("package"), found["version"]


_TAGS = "refs/tags/"


def _match(pattern: str, tag: str) -> re.Match[str] | None:
    return tag_pattern(pattern).fullmatch(tag) if len(tag) <= MAX_TAG else None


_VERSIONED = re.compile(
    r"(?P<before>(?:(?P<package>[^\s{}]*?[A-Za-z0-9])??[^A-Za-z0-9.\s{}]+)??[vV]?)"
    r"\d+\.\d[^/\s{}]*"
)
"""A tag in which the version is easily found: a number with a dot, after a word and a mark."""


def _pattern_for(tag: str, *, names_package: bool) -> str | None:
    """The pattern that such a tag as this would match, where it is easily seen."""
    found = _VERSIONED.fullmatch(tag) if len(tag) <= MAX_PROPOSED else None
    if found is None:
        return None
    before, package = found["before"], found["package"]
    if names_package:
        if package is None:
            return None
        before = "{package}" + before.removeprefix(package)
    meant = f"{before}{{version}}"
    return meant if _match(meant, tag) else None


MAX_PROPOSED = 100
"""Characters of a tag for which a pattern is proposed."""
