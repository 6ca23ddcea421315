"""The staged loop and what it decides with; ``staged`` is the order of it all."""
