"""CatBoost and XGBoost, and what they share."""
