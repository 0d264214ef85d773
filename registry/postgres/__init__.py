"""Django's backend for PostgreSQL, with a limit to how long a public read waits (`registry.outage`)."""
