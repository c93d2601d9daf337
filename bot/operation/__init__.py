"""What the operator sees of the bot: checks, metrics, signs of life, backups, the codes it ends with."""
