"""The edge to whoever runs us: the runner's commands and files, signals, the environment."""
