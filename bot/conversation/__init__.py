"""The talk with each person: what they send is heard and answered, and becomes jobs or waits for room."""
