"""GitHub's API, one module for each thing that is read or written there."""
