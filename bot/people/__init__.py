"""Who speaks to the bot, what each of them may, what is kept about them and for how long."""
