"""Who may offer: providers, their names and dates."""
