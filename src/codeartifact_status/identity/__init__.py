"""Identify: from an OIDC token or the credentials at hand to a session of boto3."""
