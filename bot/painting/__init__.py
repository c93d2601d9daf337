"""Between the queue and the engine: what is ordered, what is seen of it meanwhile, how long it takes."""
