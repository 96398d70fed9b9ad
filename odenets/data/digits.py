"""The handwritten digits that scikit-learn carries: real data without a download.

Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI, doi 10.24432/C50P49 (its test part).
"""

from pathlib import Path

import numpy as np
import torch

from odenets.data.dataset import Dataset, Split
from odenets.errors import OdenetsError

SCALE = 15
"""A pixel is SCALE times its value 0 … 16 in the source: an exact multiple, at most 240."""

FOLD = 5
"""Every FOLD-th image is a test image."""


def read(root: Path | None = None) -> Dataset:
    """1,437 training and 360 test images of (1, 8, 8), each class split alike; raises OdenetsError if given a folder.

    The split is by image: one hand may have written digits on both sides, so the test error is lower than for new
    writers. A crop by 4 of 8 pixels or a mirror makes another digit or none, so `augment` is False.
    """
    if root is not None:
        raise OdenetsError(f"digits come with scikit-learn and are not read from {root}: leave the folder away")
    from sklearn.datasets import load_digits  # 2 s

    source = load_digits()
    images = torch.from_numpy(source.images).mul(SCALE).to(torch.uint8)[:, None]
    labels = torch.from_numpy(source.target).to(torch.int64)
    in_test = torch.zeros(len(labels), dtype=torch.bool)
    in_test[labels.argsort(stable=True)[::FOLD]] = True
    train, test = (Split(images[chosen], labels[chosen]) for chosen in (~in_test, in_test))
    return Dataset.of("digits", train, test, tuple(map(str, np.unique(source.target))), augment=False)
