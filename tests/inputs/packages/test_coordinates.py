"""A package in one text."""

import pytest

from codeartifact_status.inputs.packages.coordinates import of_package_url, of_text


@pytest.mark.parametrize(
    ("text", "package", "version"),
    [
        ("core@1.2.3", "core", "1.2.3"),
        ("@acme/core@1.2.3", "@acme/core", "1.2.3"),
        ("@acme/core@1.2.3-rc.1+build", "@acme/core", "1.2.3-rc.1+build"),
        ("requests@1!2.0", "requests", "1!2.0"),
        ("@acme/core", "@acme/core", None),
        ("core", "core", None),
        ("com.acme:lib:1.0", "com.acme:lib", "1.0"),
        ("com.acme:lib", "com.acme:lib", None),
    ],
)
def test_a_text_names_a_package_and_perhaps_a_version(
    text: str, package: str, version: str | None
) -> None:
    values = of_text(text).values
    assert values["package"] == package
    assert values.get("versions") == ([version] if version else None)
    assert "namespace" not in values, "what a text leaves out comes from the step"


@pytest.mark.parametrize(
    "text",
    ["", "@", "core@", "@acme/core@", "core 1.0", "a@1@2", "g:a:v:x", "g::v", ":a:1", "g:a:",
     "g:a:v@jar", "g:a@1.0", "core@npm:other@1.0", "core@1.0\n"],
)  # fmt: skip
def test_a_text_that_names_none_is_told_what_would(text: str) -> None:
    with pytest.raises(ValueError, match="write name@version, group:artifact:version or pkg:"):
        of_text(text)


def test_of_a_package_url_only_the_repository_counts_beside_the_package() -> None:
    raw = of_package_url("pkg:maven/com.acme/lib@1.0?type=jar&classifier=x&repository=java#a/b")
    assert raw.values["repository"] == "java"
    assert sorted(raw.qualifiers) == ["classifier", "subpath", "type"]


@pytest.mark.parametrize("name", ["repositry", "repositories", "repo", "registry"])
def test_a_misspelled_repository_is_not_passed_over(name: str) -> None:
    with pytest.raises(ValueError, match="did you mean repository"):
        of_package_url(f"pkg:npm/core@1.0?{name}=x")


def test_a_registered_qualifier_is_passed_over_though_it_begins_like_the_repository() -> None:
    url = "pkg:npm/core@1.0?repository_url=example.com&vcs_url=x"
    assert sorted(of_package_url(url).qualifiers) == ["repository_url", "vcs_url"]


@pytest.mark.parametrize("text", ["pkg:npm/core@", "pkg:npm/%40acme/core@?repository=npm-two"])
def test_an_empty_version_is_not_that_of_the_step(text: str) -> None:
    with pytest.raises(ValueError, match="has an empty version"):
        of_package_url(text)
