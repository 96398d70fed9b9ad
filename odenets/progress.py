"""Progress of a training run on a terminal: a bar with loss, accuracy, images a second and time left."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

TEXT = (
    "epoch {task.fields[epoch]} · loss {task.fields[loss]:.3f} · {task.fields[accuracy]:.1%}"
    " · {task.fields[speed]:.0f} images/s"
)

LINE = "epoch {epoch:3d}  loss {train_loss:.4f}  test error {test_error:5.2f} %  {images_per_second:.0f} images/s"


@contextmanager
def progress(console: Console) -> Iterator[Callable[[dict[str, Any]], None]]:
    """A function that takes the events of `train`; where the console is no terminal it prints a line an epoch."""
    columns = (BarColumn(), TextColumn(TEXT), TimeRemainingColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    with bar:
        task = bar.add_task("", total=None, epoch=0, loss=0.0, accuracy=0.0, speed=0.0)

        def report(event: dict[str, Any]) -> None:
            if "batch" not in event:
                console.print(LINE.format(**event), markup=False)
                return
            batches, first = event["batches"], event["first_epoch"]
            bar.update(
                task,
                total=(event["epochs"] - first + 1) * batches,
                completed=(event["epoch"] - first) * batches + event["batch"],
                **{field: event[field] for field in ("epoch", "loss", "accuracy")},
                speed=event["images_per_second"],
            )

        yield report
