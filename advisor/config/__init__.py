"""A file or mapping becomes a RunConfig, or one error with its place."""
