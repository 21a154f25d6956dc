"""A simulated outside world, for the demo, the tests and merchants who want to look first."""
