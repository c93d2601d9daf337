"""What the command line does: its arguments, its work, and what it shows on the way. See `styler.cli`."""

BAD_USE, INTERRUPTED = 2, 130  # the exit statuses beside 0
