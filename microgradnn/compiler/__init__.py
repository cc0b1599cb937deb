"""Scalars traced once and lifted to array operations."""
