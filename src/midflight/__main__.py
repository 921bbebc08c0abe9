"""`python -m midflight` is the command line."""

from midflight.cli import main

main()
