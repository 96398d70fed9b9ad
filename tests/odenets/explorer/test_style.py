"""The style sheet: both themes have the same names and reach WCAG AA, and the page needs no style of its own."""

import re
from pathlib import Path

import pytest

import odenets.explorer

STATIC = Path(odenets.explorer.__file__).parent / "static"
STYLE = (STATIC / "style.css").read_text(encoding="utf-8")
SERIES = [f"series-{i}" for i in range(6)]
TEXTS = ["ink", "muted", "accent", "warn", *SERIES]


def colours(selector):
    block = STYLE[STYLE.index(selector) :]
    return dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block[: block.index("}")]))


LIGHT = colours(":root {")
DARK = colours(':root[data-theme="dark"]')


def luminance(colour):
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def low(theme, inks, papers, least):
    ratios = {(ink, paper): contrast(theme[ink], theme[paper]) for ink in inks for paper in papers}
    return {pair: ratio for pair, ratio in ratios.items() if ratio < least}


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_contrast_is_double_a(theme):
    assert low(theme, TEXTS, ("paper", "card"), 4.5) == {}
    assert low(theme, ("ink", "muted", "accent"), ("soft", "accent-soft"), 4.5) == {}
    assert low(theme, ("warn",), ("warn-soft",), 4.5) == {}
    assert low(theme, ("on-accent",), ("accent",), 4.5) == {}
    assert low(theme, ("edge", *SERIES), ("paper", "card"), 3) == {}


def test_dark_by_system_and_by_choice_are_one_theme():
    assert colours(':root:not([data-theme="light"])') == DARK
    assert LIGHT.keys() == DARK.keys()


def test_every_colour_used_has_a_name():
    used = set(re.findall(r"var\(--([\w-]+)\)", STYLE)) - {"sans", "serif", "mono"}
    for module in (STATIC / "js").glob("*.js"):
        used |= set(re.findall(r"var\(--([a-z][\w-]*)\)", module.read_text(encoding="utf-8")))
    assert used - LIGHT.keys() == set()


def test_page_has_no_style_and_no_address_outside():
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert "style=" not in page
    assert re.findall(r"""(?:src|href)="(?!/|#|data:,)[^"]*""", page) == []
    assert re.findall(r"url\(([^)]*)\)", STYLE) == ["/math.woff2"] and "@import" not in STYLE


def test_each_tab_has_its_panel():
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'aria-(?:controls|labelledby)="([^"]+)"', page)) <= set(ids)


def test_every_class_with_rules_stands_in_the_page():
    """Or is made of a kind: code-text of a token, status-done of a run."""
    page = "".join(file.read_text(encoding="utf-8") for file in [STATIC / "index.html", *(STATIC / "js").glob("*.js")])
    ruled = set(re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/|url\(.*?\)", "", STYLE, flags=re.DOTALL)))
    words = set(re.findall(r"[\w-]+", page)) | {
        f"{kind}-{x}" for kind in ("code", "status") for x in re.findall(r"\w+", page)
    }
    assert ruled - words == set()
