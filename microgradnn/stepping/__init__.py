"""A graph as a page that steps through its forward and backward pass, and computes again when a number changes."""

from microgradnn.stepping.page import step_through as step_through
