"""How long tests wait for what must come."""

PATIENCE = 60.0  # seconds: a busy machine takes its time, and how much is no test's verdict
