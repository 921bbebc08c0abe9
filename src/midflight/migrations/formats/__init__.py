"""One file a migration tool."""
