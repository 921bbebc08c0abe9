"""Where code names a table, column or routine, how, and behind which feature flag."""
