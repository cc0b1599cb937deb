"""Images of handwritten digits, for a network that reads."""

from microgradnn.data.checks import Rows
from microgradnn.data.parts import one_hot
from microgradnn.errors import MissingLibrary


def digits() -> tuple[Rows, Rows]:
    """1,797 digits of 8 × 8 pixels, as rows of 64 grey values from 0 to 1, with one-hot targets for 0 … 9.

    They are scikit-learn's copy of the test set of Alpaydin and Kaynak's "Optical Recognition of Handwritten
    Digits" (UCI), whose pixels count from 0 to 16. Needs the extra `microgradnn[digits]`.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise MissingLibrary(
            "the digits come with scikit-learn, which is not installed: pip install 'microgradnn[digits]'"
        ) from missing
    bunch = load_digits()
    X = [[float(pixel) / 16.0 for pixel in image] for image in bunch.data]
    return X, one_hot([int(label) for label in bunch.target], 10)
