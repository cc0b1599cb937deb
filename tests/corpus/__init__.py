"""Derivations by hand, right ones in unusual form and wrong ones of every kind, on which the doctor is tried.

The losses and derivations in `problems` are written as a learner writes them, one function each and without
annotations; `mutations` makes further wrong ones of the right ones; `campaign` makes random right ones.
After a change of the doctor's words, look at what it says now and write it down again:

    python -m tests.corpus.snapshots
"""
