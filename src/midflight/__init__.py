"""Checks a pull request for the middle of its deployment."""
