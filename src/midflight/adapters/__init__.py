"""All input and output: git, GitHub, files, the clock."""
