"""Random runs under random faults, and the promises of the contract held against them.

``drawing`` makes of a seed what is asked for (``scripts``) and what goes wrong (``trouble``).
``running`` lets the whole action carry it out (``starting``), two steps in ``turns``, and has the
ways back applied that they leave. ``seen`` is what came of it, ``told`` and ``evidence`` are what
the steps say and what their calls show, ``promises`` and ``ways_back`` what has to hold, and
``figures`` what many runs came to, with all that could not be checked.
"""
