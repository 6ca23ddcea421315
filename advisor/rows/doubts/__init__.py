"""Rows whose target may be wrong: how it is measured, and which rows of a part they are."""
