"""What python-telegram-bot calls: each handler reads an update, asks the conversation, and answers."""
