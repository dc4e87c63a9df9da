"""What a published benchmark is, and its numbers, computed as its authors do and set beside what guessing reaches."""
