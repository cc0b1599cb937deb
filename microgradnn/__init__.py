"""A number that remembers how it was computed, and what stands on it."""
