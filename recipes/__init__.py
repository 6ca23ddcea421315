"""One YAML file per model family, installed as the package ``advisor.recipes_data``."""
