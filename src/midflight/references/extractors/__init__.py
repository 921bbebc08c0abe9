"""One file a language or client library."""
