"""How the bot speaks with Telegram's Bot API: connection, retries, rate limits."""
