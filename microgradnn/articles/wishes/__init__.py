"""What the articles skip or wish for, each done with this library on the article's own problem.

Every `wishes()` gives lines to print, and trains for a second or two at most.
"""
