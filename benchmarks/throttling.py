"""What becomes of a step by its concurrency, at two quotas."""

from benchmarks.account import Held, Quota, Service, change, serving
from benchmarks.table import Table


def table() -> Table:
    """A row for each concurrency."""
    rows = []
    for quota, held in (
        (Quota(lists=40, writes=20), Held(packages=200, versions=1)),
        (Quota(lists=200, writes=100), Held(packages=1000, versions=100)),
    ):
        for concurrency in (8, 16, 32, 64):
            with serving(Service(held=held, quota=quota)) as account:
                taken = change(account, held, concurrency=str(concurrency))
                rows.append(
                    (
                        f"{quota.lists} lists, {quota.writes} writes/s",
                        f"{held.packages:,} x {held.versions}",
                        concurrency,
                        taken.exit_code,
                        taken.counts.get("changed"),
                        taken.counts.get("failed"),
                        account.ask("throttled"),
                        f"{taken.cpu:.1f} s",
                        f"{taken.seconds:.1f} s",
                        f"{quota.seconds(held):.1f} s",
                    )
                )
    return Table(
        title="Throttling",
        text="A step that reads and changes all that is held, while the service answers 429 to "
        "calls beyond its quota. `at quota` is how long the calls take at the quota; the service "
        "takes what one second allows at once, so that a step may be a little faster.",
        columns=(
            *("quota", "held", "concurrency:", "exit:", "changed:", "failed:", "429:"),
            *("CPU:", "took:", "at quota:"),
        ),
        rows=rows,
    )
