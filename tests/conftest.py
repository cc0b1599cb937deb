"""What holds for every test."""

from collections.abc import Iterator

import pytest

from microgradnn.ops import TABLE


@pytest.fixture(autouse=True)
def _rows_of_one_test_only() -> Iterator[None]:
    """A primitive that a test enters is gone after it, so that tests may run in any order, side by side."""
    before = dict(TABLE)
    yield
    for name in [name for name in TABLE if name not in before]:
        del TABLE[name]
