"""The law as data: profiles, their rules, and the authority's calendar."""
