"""The flows: each makes one thing true, and may be run any number of times."""
