"""Documents of packages, in the shapes that people and tools write, become raw entries."""
