"""The demo register, and the accounts to try it with."""
