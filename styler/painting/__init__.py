"""How a painting comes about: what it should be like, one scale after the other, within the memory."""
