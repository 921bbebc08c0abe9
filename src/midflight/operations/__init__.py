"""What a migration does to the schema, in neutral terms."""
