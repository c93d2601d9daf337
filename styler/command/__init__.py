"""What the command line does: its arguments, its work, and what it shows on the way. See `styler.cli`."""
