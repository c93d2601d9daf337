"""A Telegram bot that paints people's photos in the style of a picture."""
