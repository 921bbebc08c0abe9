"""Which writes the report calls for, as values."""
