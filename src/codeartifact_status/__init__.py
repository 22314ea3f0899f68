"""Set the status of package versions in AWS CodeArtifact, in batch, and tell the truth about it."""

__version__ = "0.1.0"

REPOSITORY = "OWNER/codeartifact-status"
"""Who publishes it. A release writes its own repository here, and wherever else this one stands."""
