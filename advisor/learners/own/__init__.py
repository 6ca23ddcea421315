"""A person's own estimator, Pipeline or net."""
