"""Numbers: rewards of one response, metrics of a test set, reports. Never imports torch."""
