"""Compact native loops, made with llvmlite: one for each kind of group, none of which grows with the graph."""
