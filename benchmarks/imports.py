"""How long do the imports and the first answers of the command line take, each in a fresh process?"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

from benchmarks.paired import write

CASES = {
    "python": [sys.executable, "-c", "pass"],
    "import schemes": [sys.executable, "-c", "import schemes"],
    "import analysis": [sys.executable, "-c", "import analysis"],
    "import odenets": [sys.executable, "-c", "import odenets"],
    "odenets --help": [sys.executable, "-m", "odenets", "--help"],
    "odenets schemes": [sys.executable, "-m", "odenets", "schemes"],
    "odenets show lm2": [sys.executable, "-m", "odenets", "show", "lm2"],
    "import torch": [sys.executable, "-c", "import torch"],
}


def main(rounds: int = 9) -> None:
    seconds: dict[str, list[float]] = {name: [] for name in CASES}
    for i in range(rounds + 1):
        for name, command in CASES.items():
            start = time.perf_counter()
            subprocess.run(command, check=True, capture_output=True)
            if i:  # the first round fills the file cache
                seconds[name].append(time.perf_counter() - start)
    bare = statistics.median(seconds["python"])
    rows = [
        {"case": name, "seconds": statistics.median(times), "seconds_beyond_python": statistics.median(times) - bare}
        for name, times in seconds.items()
    ]
    write("imports", rows, rounds=rounds)


if __name__ == "__main__":
    main()
