"""Old and new code against old and new schema."""
