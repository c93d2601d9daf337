"""Load, measured: `python -m tests.load --help`.

The sandbox and the people are one program, the bot is another. Of the bot only the painting is a stub, which
takes the time that it is told to take; all else is real: SQLite, files, HTTP, the examination of pictures.
"""
