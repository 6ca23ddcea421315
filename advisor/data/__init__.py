"""Tables become a Dataset, every column read once and the same way later."""
