"""One file a rule, nothing else."""
