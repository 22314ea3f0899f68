"""Plan: requests, and what is there, become batches and outcomes. Pure."""
