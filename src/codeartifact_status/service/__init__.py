"""List and send: CodeArtifact, asked side by side, again where that is worth it."""
