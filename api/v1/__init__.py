"""Version 1: additions only; what is here does not change its meaning."""
