"""The database that is deployed to: it is only read."""
