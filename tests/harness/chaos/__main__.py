"""``make chaos``: so many seeds from one on, side by side, and what they came to."""

import multiprocessing
import os
import sys

from harness.chaos.drawing import script_of
from harness.chaos.figures import Figures, many

CHUNK = 25
"""Seeds that a worker takes at once."""


def main(first: int, runs: int) -> int:
    if runs == 1:
        sys.stdout.write(f"{script_of(first)}\n")
    seeds = range(first, first + runs)
    chunks = [seeds[start : start + CHUNK] for start in range(0, runs, CHUNK)]
    figures = Figures()
    # Spawned, because a fork would share the threads' locks.
    with multiprocessing.get_context("spawn").Pool(min(len(chunks), os.cpu_count() or 1)) as pool:
        for one in pool.imap_unordered(many, chunks):
            figures.join(one)
    sys.stdout.write(f"{figures}\n")
    return 1 if figures.broken else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
