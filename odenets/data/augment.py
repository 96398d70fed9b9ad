"""Normalisation and the augmentation of He et al. 2016 (arXiv 1512.03385, section 4.2), a whole batch at a time.

Order: normalise, pad 4 with zeros, crop, mirror. The padding is zero after the mean is gone, so it is the mean colour,
as He et al. have it (the mean is subtracted first) and not black, as later recipes that pad raw pixels have it.
"""

import torch
from torch import Tensor
from torch.nn.functional import pad

MARGIN = 4
"""Pixels of zeros on each side; a crop starts at row and column 0 … 2·MARGIN of the padded image."""


def normalise(images: Tensor, mean: Tensor, std: Tensor) -> Tensor:
    """(images/255 - mean)/std per channel: uint8 (N, C, H, W) with mean and std (C,) gives float32 (N, C, H, W)."""
    mean, std = (255 * statistic[:, None, None] for statistic in (mean, std))
    return images.to(torch.float32).sub_(mean).div_(std)


def crop_and_flip(images: Tensor, top: Tensor, left: Tensor, mirrored: Tensor) -> Tensor:
    """One window of each zero-padded image, as large as the image, mirrored left to right where asked.

    images (N, C, H, W); top and left int64 (N,) in 0 … 2·MARGIN, both MARGIN for the image itself; mirrored bool (N,).
    """
    height, width = images.shape[-2:]
    padded = pad(images, (MARGIN,) * 4)
    row = torch.arange(height, device=images.device)
    column = torch.arange(width, device=images.device)
    rows = top[:, None] + row
    columns = left[:, None] + torch.where(mirrored[:, None], width - 1 - column, column)
    # One gather over flat pixels, shared by the channels: 112k img/s on one thread with normalise (CIFAR, batch 128);
    # windows by unfold 71k, two gathers 70k, a loop of slices 64k, four-fold indexing 31k.
    pixels = rows[:, :, None] * padded.shape[-1] + columns[:, None, :]
    shared = pixels.flatten(1)[:, None, :].expand(-1, images.shape[1], -1)
    return padded.flatten(2).gather(2, shared).view_as(images)
