"""What lies on the disk: the database and its tables, and the pictures."""
