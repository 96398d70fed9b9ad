"""Normalisation, crop and flip against their definitions, pixel by pixel."""

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from odenets.data.augment import MARGIN, crop_and_flip, normalise

UNTIMED = settings(deadline=None)

SIZES = st.integers(1, 12)
STARTS = st.tuples(st.integers(0, 2 * MARGIN), st.integers(0, 2 * MARGIN), st.booleans())


def window(image: torch.Tensor, top: int, left: int, mirrored: bool) -> torch.Tensor:
    """The definition: slice the zero-padded image (C, H, W), then mirror."""
    channels, height, width = image.shape
    padded = image.new_zeros(channels, height + 2 * MARGIN, width + 2 * MARGIN)
    padded[:, MARGIN : MARGIN + height, MARGIN : MARGIN + width] = image
    cropped = padded[:, top : top + height, left : left + width]
    return cropped.flip(2) if mirrored else cropped


@UNTIMED
@given(st.integers(1, 3), SIZES, SIZES, st.lists(STARTS, min_size=1, max_size=5))
def test_each_image_is_the_window_that_was_asked_for(channels: int, height: int, width: int, starts: list) -> None:
    pixels = len(starts) * channels * height * width
    images = torch.arange(1.0, pixels + 1).view(len(starts), channels, height, width)  # each pixel tells its place
    top, left, mirrored = (torch.tensor(column) for column in zip(*starts, strict=True))
    result = crop_and_flip(images, top, left, mirrored)
    assert torch.equal(
        result, torch.stack([window(image, *start) for image, start in zip(images, starts, strict=True)])
    )


@UNTIMED
@given(SIZES, SIZES)
def test_margin_is_the_identity(height: int, width: int) -> None:
    images = torch.rand(2, 3, height, width)
    centre = torch.full((2,), MARGIN)
    assert torch.equal(crop_and_flip(images, centre, centre, torch.zeros(2, dtype=torch.bool)), images)


@UNTIMED
@given(st.lists(st.tuples(st.floats(0, 1), st.floats(1e-3, 1)), min_size=1, max_size=3))
def test_normalise_is_pixel_less_mean_by_std(statistics: list) -> None:
    mean, std = (torch.tensor(column, dtype=torch.float64) for column in zip(*statistics, strict=True))
    images = torch.arange(256, dtype=torch.uint8).view(1, 1, 16, 16).expand(2, len(statistics), 16, 16)
    exact = (images.double() / 255 - mean[:, None, None]) / std[:, None, None]
    result = normalise(images, mean.float(), std.float())
    assert result.dtype == torch.float32
    # of float32's 6e-8: the statistics, the difference and the quotient are rounded, and 1/std magnifies the first
    torch.testing.assert_close(result.double(), exact, rtol=1e-6, atol=4e-7 / float(std.min()))
