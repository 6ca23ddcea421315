"""Candidates are fitted and scored, each only once."""
