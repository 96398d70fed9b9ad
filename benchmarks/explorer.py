"""How fast is the explorer: first paint, a change, a slider, dragging a region, fifty visitors at once?

paint     a server just started, or ready, and a browser with empty caches: to the first paint and to the formula; bytes
change    from the address of another scheme to its new formula and its new region; views computed anew
slide     k of LM-ResNet's scheme moved by its slider: from the event to the new edge
drag      the region pulled about for two seconds: time from frame to frame, and the work of ours in a frame
visitors  fifty at once, each another scheme: page, style, script, catalogue and the cheap views; the server on one core

    python -m benchmarks.explorer [--quick]

Chromium without a graphics card, driven by Playwright (.ci/chromium installs one).
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import statistics
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.paired import write
from schemes import get, names

CHEAP = ("formula", "tableau", "parameters", "polynomial", "roots", "wiring")
SCHEMES = ("rk4_classic", "dopri5", "dopri8", "verner87_efficient", "feagin10", "ab4", "kahan_li8")
VISITORS = 50
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
FORMULA, EDGE = "[data-panel=formula] math", "#page-design [data-panel=region] svg path"

# resolves with the milliseconds until something below `panel` changes, counted from the start of `act`
UNTIL = """([panel, act]) => new Promise((resolve) => {
  const began = performance.now();
  const watch = new MutationObserver((found) => {
    if (panel.includes("region") && !found.some((each) => each.attributeName === "d")) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - began)));
  });
  const options = { childList: true, subtree: true, attributes: true, attributeFilter: ["d"] };
  watch.observe(document.querySelector(panel), options);
  if (act.hash !== undefined) location.hash = act.hash;
  else {
    const range = document.querySelector("[data-panel=parameters] input[type=range]");
    range.value = act.value;
    range.dispatchEvent(new Event("input", { bubbles: true }));
  }
})"""
FRAMES = """() => {
  const seen = [];
  window.frames_seen = seen;
  const next = (now) => { seen.push(now); window.frames_id = requestAnimationFrame(next); };
  window.frames_id = requestAnimationFrame(next);
}"""
PAINT = """() => ({
  paint: performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? null,
  bytes: [...performance.getEntriesByType("resource"), ...performance.getEntriesByType("navigation")]
    .reduce((sum, each) => sum + each.transferSize, 0),
  requests: performance.getEntriesByType("resource").length + 1,
})"""


@contextmanager
def served(*command: str) -> Iterator[tuple[str, float]]:
    """A server of its own with an empty cache; its address, and the seconds until it said so."""
    with TemporaryDirectory() as folder:
        environment = os.environ | {"ODENETS_CACHE": f"{folder}/cache", "OMP_NUM_THREADS": "1"}
        arguments = ["explore", "--port", "0", "--no-browser", "--runs", f"{folder}/runs"]
        began = time.perf_counter()
        server = subprocess.Popen(
            [*command, sys.executable, "-m", "odenets", *arguments],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment,
        )  # fmt: skip
        try:
            assert server.stdout is not None
            found = next(filter(None, (re.search(r"http://\S+/", line) for line in server.stdout)))
            yield found[0], time.perf_counter() - began
        finally:
            server.terminate()
            server.wait(20)


def fresh(browser: Any, address: str) -> Any:
    """A page of its own, with nothing cached, that shows LM-ResNet's scheme."""
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(f"{address}#entry=lm2&k=-1/2")
    page.wait_for_selector(FORMULA)
    return page


def paint(browser: Any, rounds: int, ready: bool) -> dict[str, Any]:
    """A visit with nothing cached, at once when the server listens, or when its workers are ready."""
    found = []
    for _ in range(rounds):
        with served() as (address, listening):
            time.sleep(5 if ready else 0)
            began = time.perf_counter()
            page = fresh(browser, address)
            formula = time.perf_counter() - began
            page.wait_for_function(f"document.querySelector('{EDGE}')?.getAttribute('d')")
            picture = time.perf_counter() - began
            page.wait_for_timeout(2500)
            found.append({"listening_s": listening, "formula_s": formula, "region_s": picture} | page.evaluate(PAINT))
            page.context.close()
    return {"question": "paint", "server": "ready" if ready else "just started", **middle(found)}


def middle(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {key: round(statistics.median(row[key] for row in rows), 3) for key in rows[0]}


def change(page: Any, name: str, rounds: int) -> dict[str, Any]:
    """The milliseconds until formula and region of a scheme stand, each time from another one; the answers are kept
    by page and server after the first, which is the one that is told beside the median."""
    times: dict[str, list[float]] = {"formula": [], "region": []}
    for panel, taken in times.items():
        for _ in range(rounds):
            taken.append(page.evaluate(UNTIL, [f"#page-design [data-panel={panel}]", {"hash": f"entry={name}"}]))
            page.evaluate(UNTIL, [f"#page-design [data-panel={panel}]", {"hash": "entry=euler"}])
            page.wait_for_timeout(400)
    found = {f"{panel}_{what}_ms": round(f(taken), 1) for panel, taken in times.items() for what, f in TOLD.items()}
    return {"question": "change", "scheme": name, "stages": get(name).stages, **found}


TOLD: dict[str, Callable[[list[float]], float]] = {"first": lambda x: x[0], "median": statistics.median}


def slide(page: Any, rounds: int) -> dict[str, Any]:
    page.evaluate("location.hash = 'entry=lm2&k=-1/2'")
    page.wait_for_timeout(800)
    act = [{"value": 60 + i} for i in range(rounds)]
    times = [page.evaluate(UNTIL, ["#page-design [data-panel=region]", each]) for each in act]
    return {"question": "slide", "median_ms": round(statistics.median(times), 1), "worst_ms": round(max(times), 1)}


def drag(page: Any, name: str, seconds: float) -> dict[str, Any]:
    """Pulled along a circle, a move every 8 ms; frames as the browser's own clock says."""
    page.evaluate(f"location.hash = 'entry={name}'")
    page.wait_for_timeout(1200)
    box = page.locator("#page-design [data-panel=region] svg").first.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.evaluate(FRAMES)
    for i in range(int(seconds / 0.008)):
        page.mouse.move(x + 90 * (1 - abs(1 - i % 100 / 50)), y + 60 * (1 - abs(1 - i % 140 / 70)))
        time.sleep(0.004)
    seen = page.evaluate("() => { cancelAnimationFrame(window.frames_id); return window.frames_seen; }")
    page.mouse.up()
    gaps = sorted(b - a for a, b in pairwise(seen))
    late = sum(gap > 25 for gap in gaps) / len(gaps)
    told = {"median_ms": statistics.median(gaps), "p95_ms": gaps[int(0.95 * len(gaps))], "worst_ms": gaps[-1]}
    about = {
        "question": "drag",
        "scheme": name,
        "stages": get(name).stages,
        "frames": len(gaps),
        "late": round(late, 3),
    }
    return about | {key: round(value, 1) for key, value in told.items()}


def visitors(address: str, count: int) -> dict[str, Any]:
    """All at once; each takes what a browser takes, for a scheme that no other one shows."""
    chosen = [name for name in names(explicit=True, stochastic=False) if get(name).stages <= 13][::3][:count]
    times: list[float] = []

    def visit(name: str) -> None:
        began = time.perf_counter()
        for part in ("", "style.css", "script.js", "catalogue.json"):
            fetch(address + part)
        body = {"design": {"entry": name}, "views": {view: {} for view in CHEAP}}
        found = json.loads(fetch(f"{address}views", json.dumps(body).encode()))
        assert set(found) == set(CHEAP), found
        times.append(time.perf_counter() - began)

    threads = [threading.Thread(target=visit, args=(name,)) for name in chosen]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(times) == count, f"{len(times)} of {count} visitors were answered"
    told = {"median_s": statistics.median(times), "worst_s": max(times)}
    return {"question": "visitors", "visitors": count, **{key: round(value, 3) for key, value in told.items()}}


def fetch(address: str, body: bytes | None = None) -> bytes:
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"} if body else {})
    with urllib.request.urlopen(request, timeout=60) as answer:
        return bytes(answer.read())


def main() -> None:
    from playwright.sync_api import sync_playwright

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer rounds")
    quick = parser.parse_args().quick
    rounds = 2 if quick else 7
    rows = []
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        rows += [paint(browser, rounds, ready) for ready in (True, False)]
        with served() as (address, _):
            page = fresh(browser, address)
            page.wait_for_timeout(3000)
            rows += [change(page, name, rounds) for name in SCHEMES]
            rows.append(slide(page, 4 * rounds))
            rows += [drag(page, name, 1 if quick else 2) for name in SCHEMES]
        version = browser.version
        browser.close()
    with served("taskset", "-c", "0") as (address, _):
        time.sleep(4)  # the workers have imported what they need
        rows += [visitors(address, VISITORS) for _ in range(1 if quick else 3)]
    write("explorer", rows, chromium=version, cores=os.cpu_count())


if __name__ == "__main__":
    main()
