"""What people and models say about emotion: labels, action units, samples, responses. Never imports torch."""
