"""The official CIFAR archives as tables: which files, how many records, which checksums.

Source of the python layout's md5: torchvision's dataset tables. Those of the binary layout were computed from images
rebuilt bit for bit, and agree with published lists; test_batch.bin's is from four such lists alone, which agree.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from odenets.data.cifar_format import Binary, Format, Pickled


@dataclass(frozen=True)
class File:
    """One official file: its name, how many records it holds, and the md5 of its bytes."""

    name: str
    records: int
    md5: str


@dataclass(frozen=True)
class Layout:
    """An official archive, which unpacks to `folder`: how its files are written, and what they hold."""

    archive: str
    folder: str
    format: Format
    classes: int
    names: str
    test: File
    train: tuple[File, ...]


LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "cifar10": (
        Layout(
            archive="cifar-10-binary.tar.gz",
            folder="cifar-10-batches-bin",
            format=Binary(label_bytes=1),
            classes=10,
            names="batches.meta.txt",
            test=File("test_batch.bin", 10_000, "803d5f7f4d78ea53de84dbe85f74fb6d"),
            train=(
                File("data_batch_1.bin", 10_000, "5dd7e06a14cb22eb9f671a540d1b7c25"),
                File("data_batch_2.bin", 10_000, "5ea93a67294ea407fff1d09f752e9692"),
                File("data_batch_3.bin", 10_000, "942cd6a4bcdd0dd3c604fbe906cb4421"),
                File("data_batch_4.bin", 10_000, "ae636b3ba5c66a11e91e8cb52e771fcb"),
                File("data_batch_5.bin", 10_000, "53f37980c15c3d472c316c40844f3f0d"),
            ),
        ),
        Layout(
            archive="cifar-10-python.tar.gz",
            folder="cifar-10-batches-py",
            format=Pickled(labels_key=b"labels", names_key=b"label_names"),
            classes=10,
            names="batches.meta",
            test=File("test_batch", 10_000, "40351d587109b95175f43aff81a1287e"),
            train=(
                File("data_batch_1", 10_000, "c99cafc152244af753f735de768cd75f"),
                File("data_batch_2", 10_000, "d4bba439e000b95fd0a9bffe97cbabec"),
                File("data_batch_3", 10_000, "54ebc095f3ab1f0389bbae665268c751"),
                File("data_batch_4", 10_000, "634d18415352ddfa80567beed471001a"),
                File("data_batch_5", 10_000, "482c414d41f54cd18b22e5b47cb7c3cb"),
            ),
        ),
    ),
    "cifar100": (
        Layout(
            archive="cifar-100-binary.tar.gz",
            folder="cifar-100-binary",
            format=Binary(label_bytes=2),
            classes=100,
            names="fine_label_names.txt",
            test=File("test.bin", 10_000, "4499cfba6c016c1be1438163640a0898"),
            train=(File("train.bin", 50_000, "6172c7755cfe09b2fe270c85cebc1b15"),),
        ),
        Layout(
            archive="cifar-100-python.tar.gz",
            folder="cifar-100-python",
            format=Pickled(labels_key=b"fine_labels", names_key=b"fine_label_names"),
            classes=100,
            names="meta",
            test=File("test", 10_000, "f0ef6b0ae62326f3e7ffdfab6717acfc"),
            train=(File("train", 50_000, "16019d7e3df5f24257cddd939b257f8d"),),
        ),
    ),
}
"""The layouts of each data set, the quicker to read first."""
