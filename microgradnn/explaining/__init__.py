"""A graph in words and symbols: formulas that come from the table, and the chain rule written out."""
