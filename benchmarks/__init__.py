"""How long a step takes beside what users would write without it, and how it grows: `make bench`.

Whole processes, against an emulator that is a process of its own on this machine. No test fails on
a clock: these are figures to look at, and to compare with those of another day by their ratios.
"""
