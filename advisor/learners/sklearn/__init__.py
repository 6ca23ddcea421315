"""scikit-learn's families."""
