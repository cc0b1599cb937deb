"""Names of parametrised tests that are the same in every process."""

import re


def named(x: object) -> str:
    """What a parameter is called: its text without addresses, which differ from process to process."""
    return re.sub(r" at 0x[0-9a-f]+", "", str(x))
