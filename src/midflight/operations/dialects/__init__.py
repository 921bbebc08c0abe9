"""One file a SQL grammar."""
