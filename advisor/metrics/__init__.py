"""Scores and losses; ``table`` is the only place that knows which direction is better."""
