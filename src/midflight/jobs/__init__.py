"""What a workflow run can do: one module for each kind of run."""
