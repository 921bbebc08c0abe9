"""The schema that operations add up to, before and after any of them."""
