"""The throw-away PostgreSQL server, and what is run on it to prove a plan."""
