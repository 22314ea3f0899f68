"""How the processor's time grows with more and more of the same."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.account import Held, Measured, Service, change, serving, step
from benchmarks.table import Table


def table() -> Table:
    """Each size beside the first of its kind."""
    figures = (
        *there_and_back("versions", [Held(1, many) for many in (5_000, 50_000, 100_000)]),
        *there_and_back("packages", [Held(many, 1) for many in (500, 5_000)]),
        *package_urls(10_000, 100_000),
    )
    rows = []
    for what, sizes in groupby(sorted(figures, key=lambda one: one[:2]), key=lambda one: one[0]):
        (_, fewest, first), *_ = steps = list(sizes)
        for _, many, one in steps:
            more = (one.cpu - first.cpu) / (many - fewest) * 1e6 if many > fewest else None
            rows.append(
                (
                    what,
                    f"{many:,}",
                    f"{many / fewest:g}",
                    f"{one.cpu:.2f} s",
                    f"{one.cpu / first.cpu:.1f}",
                    "" if more is None else f"{more:.0f} ms",
                    f"{one.memory} MB",
                    one.exit_code,
                )
            )
    return Table(
        title="Growth",
        text="User and system time of the whole process; `times` compares with the first of a "
        "kind.",
        columns=(
            *("step", "how many:", "times:", "CPU:", "times:", "per 1,000 more:"),
            *("memory:", "exit:"),
        ),
        rows=rows,
    )


def there_and_back(what: str, sizes: Sequence[Held]) -> Iterator[tuple[str, int, Measured]]:
    """Change all that is held, with an undo-file, and apply the undo: of each size."""
    for held in sizes:
        many = held.packages * held.versions
        with serving(Service(held=held)) as account:
            yield f"{what} changed", many, change(account, held, undo_file="undo.json")
            back = step(account, packages="@undo.json", undo_file="redo.json")
            yield f"{what} changed back", many, back


def package_urls(*sizes: int) -> Iterator[tuple[str, int, Measured]]:
    """Read so many package URLs of one package, in a dry run."""
    for many in sizes:
        held = Held(packages=1, versions=many)
        with serving(Service(held=held)) as account:
            urls = [f"pkg:npm/%40acme/p0@{number}" for number in held.numbers()]
            (account.folder / "urls.txt").write_text("\n".join(urls))
            dry = {"packages": "@urls.txt", "target_status": "Published", "dry_run": "true"}
            yield "package URLs, dry run", many, step(account, **dry)
