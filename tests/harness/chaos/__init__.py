"""Random runs under random faults, and the promises of the contract held against them.

``drawing`` makes of a seed what is asked for (``scripts``) and what goes wrong (``trouble``).
``running`` lets the whole action carry it out over HTTP, and applies the ways back that it left.
``evidence`` is what the calls show, ``promises`` and ``ways_back`` are what has to hold, and
``figures`` is what many runs came to, what could not be checked included.
"""
