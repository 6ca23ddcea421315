"""CatBoost and XGBoost; ``trainer.py`` is the loop of every family of boosted trees."""
