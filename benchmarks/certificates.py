"""What does a certificate cost, beside NodePy and kauri in the same run, and how does that grow with stages and order?

Needs the extra `peers`. Cold: a fresh process on one core, timed inside it after the imports of its first line.
"""

from __future__ import annotations

import os
import random
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import redirect_stdout
from fractions import Fraction
from importlib.metadata import version
from io import StringIO
from itertools import islice
from time import perf_counter
from typing import Any

import numpy as np

from analysis import certificate, order, stability_function
from analysis.weights import elementary_weights, whole
from benchmarks.paired import paired, write
from schemes import Scheme, get, names, runge_kutta

ONE_CORE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def dense(stages: int, seed: int = 0) -> Scheme:
    """An explicit scheme whose entries are all fractions of up to six digits."""
    draw = random.Random(seed)

    def number() -> Fraction:
        return Fraction(draw.randint(-999_999, 999_999), draw.choice([100_000, 7, 12, 960, 27_720]))

    A = [[number() / 10**6 for _ in range(i)] for i in range(stages)]
    return runge_kutta(f"dense{stages}", A, [number() / 10**6 for _ in range(stages)])


def exact_weights(scheme: Scheme, upto: int) -> Any:
    A, b, _, _ = whole(scheme)
    return list(islice(elementary_weights(A, b), upto))


def float_weights(A: Any, b: Any, upto: int) -> Any:
    return list(islice(elementary_weights(A, b), upto))


def cold(setup: str, work: str, rounds: int = 5) -> float:
    """Median seconds of `work` in fresh processes on one core."""
    code = f"{setup}\nfrom time import perf_counter\nstart = perf_counter()\n{work}\nprint(perf_counter() - start)"
    cores = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set()

    def pin() -> None:
        if cores:
            os.sched_setaffinity(0, {min(cores)})

    def once() -> float:
        done = subprocess.run(
            [sys.executable, "-c", code], check=True, capture_output=True, text=True, preexec_fn=pin,
            env={**os.environ, **ONE_CORE},
        )  # fmt: skip
        return float(done.stdout.splitlines()[-1])

    return statistics.median(once() for _ in range(rounds))


def against_nodepy_and_kauri() -> list[dict[str, Any]]:
    """All order conditions of a 20-stage method, by NodePy always to order 13; R(z) of a 13-stage method, exact."""
    import kauri
    import sympy
    from nodepy.runge_kutta_method import ExplicitRungeKuttaMethod

    scheme = dense(20)
    A, b = (np.array(x, dtype=float) for x in (scheme.A, scheme.B[0]))
    peer = ExplicitRungeKuttaMethod(A, b)
    other = kauri.RK(A.tolist(), b.tolist())
    trees = [t for n in range(1, 11) for t in kauri.trees_of_order(n)]

    def by_kauri() -> float:
        weights = other.elementary_weights_map()
        return float(sum(weights(t) for t in trees))

    ours = sum(float(w.sum()) for w in float_weights(A, b, 10))
    assert abs(ours - by_kauri()) < 1e-9 * max(1.0, abs(ours)), "the same 1205 weights"

    def by_nodepy() -> int:
        with redirect_stdout(StringIO()):
            return int(peer.order(tol=1e300))  # so that no condition stops it

    thirteen = dense(13)
    exact = [[sympy.Rational(x.numerator, x.denominator) for x in row] for row in (*thirteen.A, thirteen.B[0])]
    peer13 = ExplicitRungeKuttaMethod(np.array(exact[:-1], dtype=object), np.array(exact[-1], dtype=object))
    cases: list[tuple[str, Callable[[], Any], str, Callable[[], Any], int]] = [
        ("weights, 20 stages, order 13, float", lambda: float_weights(A, b, 13), "NodePy", by_nodepy, 9),
        ("weights, 20 stages, order 10, float", lambda: float_weights(A, b, 10), "kauri", by_kauri, 9),
        ("weights, 20 stages, order 10, exact", lambda: exact_weights(scheme, 10), "kauri (float)", by_kauri, 9),
        ("R(z), 13 stages, exact", lambda: stability_function(thirteen), "NodePy", peer13.stability_function, 3),
    ]
    return [{"case": case, "peer": peer, **paired(a, b, rounds=rounds, warmup=1)} for case, a, peer, b, rounds in cases]


def from_cold() -> list[dict[str, Any]]:
    setup = "from analysis.trees import rooted"
    work = "[rooted(n) for n in range(1, 13)]"
    peer = cold("import kauri", "[list(kauri.trees_of_order(n)) for n in range(1, 13)]", 3)
    whole_registry = cold(
        "import sys",
        "from schemes import get, names\nfrom analysis import certificate\n[certificate(get(n)) for n in names()]",
        3,
    )
    with tempfile.TemporaryDirectory() as folder:
        remember = "from schemes import get, names\nfrom analysis import recalled\n[recalled(get(n)) for n in names()]"
        setup_cache = f"import os\nos.environ['ODENETS_CACHE'] = {folder!r}"
        first, again = (cold(setup_cache, remember, rounds) for rounds in (1, 3))
    return [
        {"case": "trees to order 12, cold", "seconds": cold(setup, work), "kauri_seconds": peer},
        {"case": f"certificates of all {len(names())} entries, cold, with imports", "seconds": whole_registry},
        {"case": "the same, written to the cache", "seconds": first},
        {"case": "the same, from the cache", "seconds": again},
    ]


def every_entry() -> list[dict[str, Any]]:
    """What each entry takes, the slowest first; warm imports, nothing cached of them."""
    times = {}
    for name in names():
        certificate.cache_clear()
        start = perf_counter()
        certificate(get(name))
        times[name] = perf_counter() - start
    ranked = sorted(times.items(), key=lambda pair: -pair[1])
    return [{"case": f"certificate of {name}", "seconds": seconds} for name, seconds in ranked]


def growth() -> list[dict[str, Any]]:
    """Exact work over stages and over order."""

    def median(work: Callable[[], Any], rounds: int = 3) -> float:
        def once() -> float:
            start = perf_counter()
            work()
            return perf_counter() - start

        return statistics.median(once() for _ in range(rounds))

    rows: list[dict[str, Any]] = []
    for stages in (5, 10, 20, 40):
        scheme = dense(stages)
        rows += [
            {
                "case": f"weights to order 8, exact, {stages} stages",
                "seconds": median(lambda s=scheme: exact_weights(s, 8)),
            },
            {"case": f"R(z), exact, {stages} stages", "seconds": median(lambda s=scheme: stability_function(s))},
        ]
    twenty = dense(20)
    rows += [
        {"case": f"weights to order {n}, exact, 20 stages", "seconds": median(lambda n=n: exact_weights(twenty, n))}
        for n in (6, 8, 10, 12)
    ]
    rows.append({"case": "order of dopri5", "seconds": median(lambda: order(get("dopri5")))})
    return rows


def main() -> None:
    versions = {peer: version(peer) for peer in ("nodepy", "kauri")}
    write("certificates", [*from_cold(), *against_nodepy_and_kauri(), *every_entry(), *growth()], **versions)


if __name__ == "__main__":
    main()
