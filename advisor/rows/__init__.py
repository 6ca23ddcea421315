"""Which rows train and which are scored, and what is done to the training rows."""
