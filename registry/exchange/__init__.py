"""Public documents in the formats of others: one mapper for each, from the public document alone."""
