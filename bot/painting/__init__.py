"""Between the queue and the engine: orders, who paints them, here or elsewhere, and how long that takes."""
