"""The tag that triggered a run names a version, and perhaps a package. Pure."""

import re

_HOLES = {
    "{version}": r"(?P<version>[^/\s]+)",
    # A scope's slash is the only one that a package's name may hold.
    "{package}": r"(?P<package>(?:@[^/\s]+/)?[^/\s]+)",
}


def tag_pattern(text: str) -> re.Pattern[str]:
    """The pattern of a tag, such as ``v{version}`` or ``{package}@{version}``.

    Raises:
        ValueError: it has no ``{version}``, one of the two twice, or other braces.
    """
    pieces = re.split(r"(\{[^{}]*\})", text)
    holes = [piece for piece in pieces if piece.startswith("{")]
    unknown = [hole for hole in holes if hole not in _HOLES]
    if unknown:
        raise ValueError(f"{unknown[0]} is neither {{version}} nor {{package}}")
    if holes.count("{version}") != 1 or holes.count("{package}") > 1:
        raise ValueError("it must hold {version} once, and {package} at most once")
    return re.compile("".join(_HOLES.get(piece) or re.escape(piece) for piece in pieces))


def read_tag(pattern: re.Pattern[str], ref: str) -> tuple[str | None, str]:
    """The package, if the pattern names it, and the version that a tag stands for.

    Raises:
        ValueError: the ref is no tag, or the tag doesn't match.
    """
    if not ref.startswith("refs/tags/"):
        if not ref:
            raise ValueError("nothing here says which tag triggered the run, as CI systems do")
        raise ValueError(f"the run was not triggered by a tag but by {ref}")
    tag = ref.removeprefix("refs/tags/")
    found = pattern.fullmatch(tag)
    if found is None:
        raise ValueError(f"tag {tag} does not match it")
    return found.groupdict().get("package"), found["version"]
