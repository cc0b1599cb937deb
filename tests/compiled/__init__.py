"""Random graphs through every backend of the compiler: `python -m tests.compiled --cases 100000 --seed 0`."""
