"""Plan and findings turned into what people and machines read."""
