"""`odenets` as a child that ends with the process that started it: python -m odenets.explorer.running.leash PID WORDS…

However the server ends, by SIGKILL too, its training is stopped as by Ctrl-C, and can be continued.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Sequence

LOOK = 0.5  # seconds between two looks


def main(parent: int, words: Sequence[str]) -> None:
    # Of a server that a script began in the background, SIGINT is ignored, and so it would be here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Thread(target=follow, args=(parent,), daemon=True).start()
    from odenets.cli import main as odenets

    odenets(list(words))


def follow(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
