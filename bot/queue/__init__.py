"""Jobs from the door of the queue to their end: who is taken in, who is next, how each one stands."""
