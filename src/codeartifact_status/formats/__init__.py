"""What differs by package format: one row a format, in a module of its own, and a table of them.

Pure. ``rules`` says what a row holds, ``table`` has them all, and ``names`` answers for any format.
"""
