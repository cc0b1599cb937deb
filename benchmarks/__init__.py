"""Our time against other people's, both measured in one run: `python -m benchmarks` prints the table.

    pip install '.[bench]'
    python -m benchmarks [--only NAME …] [--quick] [--json FILE]

Every row sets up the same work on both sides, sees that both get the same numbers, and only then is timed. What is not
installed is said in its row.
"""
