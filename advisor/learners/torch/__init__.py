"""Tabular nets on PyTorch, and nets trained together as one stack."""
