"""Derivations that stand in articles: found in Markdown, notebooks and Python files, run apart, and diagnosed."""
