"""Say: what came of a run, as outputs, annotations, log and summary. Pure."""
