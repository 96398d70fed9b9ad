"""A headless browser, and the page's modules one by one in it, from the files and without a server or a network."""

import json
import shutil
from asyncio import events
from pathlib import Path

import pytest

import odenets
from tests.odenets.explorer.site import address, records_folder, visit  # noqa: F401 (fixtures)

STATIC = Path(odenets.__file__).parent / "explorer" / "static"
HOME = "http://explorer.test/"  # answered from the files, never looked up
BLANK = """<!doctype html><html lang="en"><head><title>blank</title>
<link rel="stylesheet" href="/style.css"></head><body></body></html>"""
KINDS = {".js": "text/javascript", ".css": "text/css"}
NAMES = ("chromium", "chromium-browser", "google-chrome")
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


@pytest.fixture(scope="session")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        installed = next(filter(None, map(shutil.which, NAMES)), None) or driver.chromium.executable_path
        if not Path(installed).exists():
            release()
            pytest.skip(f"no Chromium: none of {', '.join(NAMES)}, nor Playwright's own (.ci/chromium installs one)")
        running = driver.chromium.launch(executable_path=installed, args=ARGUMENTS)
        running.loop = events._get_running_loop()
        release()
        yield running
        events._set_running_loop(running.loop)
        running.close()
    release()


@pytest.fixture
def driven(browser):
    """The browser with Playwright's loop marked as running while a test drives it."""
    events._set_running_loop(browser.loop)
    yield browser
    release()


@pytest.fixture
def page(driven):
    """An empty page; what it logs as an error, or throws, fails the test."""
    context = driven.new_context(viewport={"width": 1280, "height": 800})
    opened = context.new_page()
    troubles = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda message: message.type == "error" and troubles.append(message.text))
    opened.troubles = troubles
    yield opened
    context.close()
    assert not troubles, troubles


@pytest.fixture
def modules(page):
    """A page on which `await import("/js/NAME.js")` gives a module of ours; views are answered in this process."""
    page.route(f"{HOME}**", answer)
    page.route(f"{HOME}view*", view)
    page.route(f"{HOME}view/*", view)
    page.goto(HOME)
    return page


def answer(route):
    path = STATIC / route.request.url.removeprefix(HOME)
    if path.is_file():
        route.fulfill(body=path.read_bytes(), content_type=KINDS.get(path.suffix, "font/woff2"))
    elif path == STATIC:
        route.fulfill(body=BLANK, content_type="text/html; charset=utf-8")
    else:
        route.fulfill(status=204)


def view(route):
    """POST /views and POST /view/NAME by the view functions themselves."""
    from odenets.explorer.designs import scheme_of
    from odenets.explorer.views import VIEWS

    asked = json.loads(route.request.post_data)
    design = asked.pop("design")
    scheme = scheme_of(design)
    name = route.request.url.removeprefix(HOME).removeprefix("view/")
    wanted = asked.get("views", {name: asked})
    answers = {each: VIEWS[each](scheme, {**options, "design": design}) for each, options in wanted.items()}
    route.fulfill(json=answers if name == "views" else answers[name])


def release():
    """Playwright leaves its loop marked as running, which would forbid asyncio.run to the tests that come after."""
    events._set_running_loop(None)
