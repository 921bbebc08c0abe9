"""Which files are migrations, of which tool, in which order, in which transaction."""
