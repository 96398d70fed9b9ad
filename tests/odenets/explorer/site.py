"""The page as a visitor has it: a true server on a free port, a browser, and what no visit may do."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

try:
    from playwright.sync_api import expect
except ImportError:  # the fixture `browser` skips, and says why
    expect = None

WIDTHS = {"desk": 1280, "phone": 390}
SHOWN = ".pages > .page:not([hidden])"
THEMES = ("light", "dark")
MOST_SHIFT = 0.05  # sum of the layout shifts of a visit, web.dev/articles/cls; good is under 0.1
PATIENCE = 30_000  # ms: how long a test waits for what should be there in 300 where the machine is its own
# Chromium logs every answer of 4xx as an error; a refused table (422) is what some visits are about.
if expect:
    expect.set_options(timeout=PATIENCE)
REFUSED = re.compile(r"Failed to load resource: the server responded with a status of 422")
SHIFTS = """
    self.shifts = [];
    const said = ({ node }) => (node?.outerHTML ?? node?.nodeName ?? "").slice(0, 120);
    const keep = (entry) => entry.hadRecentInput || shifts.push([entry.value, ...entry.sources.map(said)]);
    const watch = new PerformanceObserver((list) => list.getEntries().forEach(keep));
    watch.observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="session")
def records_folder(tmp_path_factory):
    """The run records of the server at `address`."""
    return tmp_path_factory.mktemp("runs")


@pytest.fixture(scope="session")
def address(browser, records_folder):
    """Where a true `odenets explore` answers, "http://127.0.0.1:PORT"."""
    command = [sys.executable, "-m", "odenets", "explore", "--port", "0", "--no-browser", "--workers", "1"]
    environment = dict(os.environ, OMP_NUM_THREADS="1")
    with subprocess.Popen(
        [*command, "--runs", records_folder], stdout=subprocess.PIPE, text=True, env=environment
    ) as server:
        said = server.stdout.readline().split()
        assert said, "odenets explore ended before it said its address"
        yield said[-1].rstrip("/")
        server.send_signal(signal.SIGINT)
        server.communicate(timeout=30)


@pytest.fixture
def visit(driven, address, request, tmp_path):
    """visit(fragment, width="desk", theme="light") -> page, which is there and has its first answers.

    At the end: no error on the console, nothing thrown, no request that left the origin, no layout that jumped, and a
    screenshot of each page in $ODENETS_SCREENSHOTS (or a temporary folder).
    """
    contexts, troubles, foreign = [], [], []

    def open_page(fragment="", width="desk", theme="light", wait=True, **options):
        context = driven.new_context(
            viewport={"width": WIDTHS[width], "height": 900},
            color_scheme=theme,
            reduced_motion="reduce",
            permissions=["clipboard-read", "clipboard-write"],
            **options,
        )
        contexts.append(context)
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: troubles.append(f"thrown: {error}"))
        page.on("console", lambda message: troubles.append(message.text) if is_trouble(message) else None)
        page.on("request", lambda asked: None if at_home(asked.url, address) else foreign.append(asked.url))
        page.goto(f"{address}/{fragment}")
        page.wait_for_selector("body.ready")
        if wait:
            settled(page)
        return page

    yield open_page
    for number, context in enumerate(contexts):
        for page in context.pages:
            if page.url.startswith(address):
                page.screenshot(path=screenshots(tmp_path) / f"{plain(request.node.name)}-{number}.png", full_page=True)
                shifts = page.evaluate("self.shifts")
                assert sum(value for value, *_ in shifts) < MOST_SHIFT, shifts
        context.close()
    assert not troubles, troubles
    assert not foreign, f"asked of somebody else: {foreign}"


def settled(page):
    """Waits until no card waits for an answer, and what was answered is drawn."""
    page.wait_for_function(f"""() => new Promise((done) => {{
        setTimeout(() => done(!document.querySelector("{SHOWN} [aria-busy], {SHOWN} .stale")), 60);
    }})""")


def seen(page):
    """What the page shows once it rests: each card's text and its pictures' paths, in the order of the page."""
    return page.evaluate(f"""async () => {{
        const pause = () => new Promise((done) => setTimeout(done, 250));
        const look = () => [...document.querySelectorAll("{SHOWN} .card-body")].map((body) =>
          [body.innerText, [...body.querySelectorAll("path")].map((path) => path.getAttribute("d")).join()]);
        const busy = () => document.querySelector("{SHOWN} [aria-busy]") !== null;
        let [before, now] = [null, look()];
        while (busy() || JSON.stringify(before) !== JSON.stringify(now)) {{
          await pause();
          [before, now] = [now, look()];
        }}
        return now;
    }}""")


def panel(page, name):
    """The card of a panel on the page that is shown."""
    return page.locator(f"{SHOWN} [data-panel={name}], .side [data-panel={name}]")


def is_trouble(message):
    return message.type == "error" and not REFUSED.match(message.text)


def at_home(url, address):
    return url.startswith((f"{address}/", "data:", "blob:"))


def screenshots(fallback):
    folder = Path(os.environ.get("ODENETS_SCREENSHOTS") or fallback)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def plain(name):
    return re.sub(r"[^A-Za-z0-9_.-]+", "-", name)[:100]
