r"""What the service takes for a name, whatever the format: botocore's model of CodeArtifact.

The model is that of 2018-09-22. ``re.ASCII`` because the service's patterns are Java's, where
``\s`` is ASCII white space only.
"""

import re

DOMAIN = re.compile(r"[a-z][a-z0-9\-]{0,48}[a-z0-9]")
REPOSITORY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._\-]{1,99}")
NAME = re.compile(r"[^#/\s]{1,255}", re.ASCII)
"""A namespace, a package or a version."""
REVISION = re.compile(r"\S{1,50}", re.ASCII)
