"""What failures generally mean and what to do about them: one table of causes a kind. Pure.

A row has what AWS says, by which it is known, and its remedy. `docs/troubleshooting.md` is made
from these tables, and the tests go through them row by row.
"""
