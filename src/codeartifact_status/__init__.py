"""Set the status of package versions in AWS CodeArtifact, in batch, and tell the truth about it."""

__version__ = "0.1.0"
