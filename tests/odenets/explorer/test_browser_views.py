"""Pictures and panels of the design page, driven: region, order star, wiring, modified equation, source, facts."""

import ast
import json
import re
import tomllib
import xml.etree.ElementTree as xml

import pytest

import analysis
import schemes
from analysis import certificates
from tests.odenets.explorer.site import expect, panel, settled


def picture(page, name):
    return panel(page, name).locator("svg[role=img]").first


def edge(page):
    return panel(page, "region").locator("svg path[d][stroke-width='1.8']:not([d=''])").first


def saved(page, act):
    """What a click downloads: its name and its bytes."""
    with page.expect_download() as found:
        act()
    return found.value.suggested_filename, found.value.path().read_bytes()


def test_hover_tells_the_growth_of_the_scheme(visit):
    """|R(z)| of rk4 under the pointer, at the z that the page says."""
    page = visit("#entry=rk4_classic")
    expect(edge(page)).to_be_attached()
    picture(page, "region").hover(position={"x": 200, "y": 150})
    said = panel(page, "region").locator("output")
    expect(said).to_contain_text("|R(z)|")
    text = said.inner_text().replace("−", "-").replace(" ", "")
    real, imaginary, size = re.search(r"z=([-\d.]+)([-+][\d.]+)i:\|R\(z\)\|=([\d.]+)", text).groups()
    z = complex(float(real), float(imaginary))
    assert float(size) == pytest.approx(abs(1 + z + z**2 / 2 + z**3 / 6 + z**4 / 24), rel=0.05)


def test_the_region_is_panned_zoomed_and_fitted(visit):
    page = visit("#entry=rk4_classic")
    svg = picture(page, "region")
    expect(edge(page)).to_be_attached()
    window = lambda: svg.get_attribute("aria-label").split("Window: ")[1]  # noqa: E731
    first = window()
    box = svg.bounding_box()
    middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 60, middle[1] + 20, steps=4)
    page.mouse.up()
    page.wait_for_function("() => location.hash.includes('plane=')")
    panned = window()
    page.mouse.wheel(0, -240)
    expect(svg).not_to_have_attribute("aria-label", re.compile(re.escape(panned)))
    svg.press("ArrowLeft")
    svg.press("+")
    assert len({first, panned, window()}) == 3
    panel(page, "region").get_by_role("button", name="Fit").click()
    expect(svg).to_have_attribute("aria-label", re.compile(re.escape(first)))


def test_the_order_star_has_a_finger_more_than_the_order(visit):
    """p + 1 shaded sectors meet at 0: on a small circle |R e^-z| > 1 changes sign 2 (p + 1) times."""
    page = visit("#entry=rk4_classic&plane=0,0,4")
    shaded = panel(page, "region").locator("svg path[d][fill-rule=evenodd]:not([d=''])").first
    expect(shaded).to_be_attached()
    before = shaded.get_attribute("d")
    toggle = panel(page, "region").get_by_role("button", name="Order star")
    toggle.click()
    expect(toggle).to_have_attribute("aria-pressed", "true")
    expect(panel(page, "region").locator("h2")).to_have_text("Order star")
    page.wait_for_function("([path, d]) => path.getAttribute('d') !== d", arg=[shaded.element_handle(), before])
    assert "star=true" in page.url
    changes = shaded.evaluate("""(path) => {
        const svg = path.ownerSVGElement;
        const frame = svg.querySelector("clipPath rect");
        const matrix = path.getScreenCTM().inverse().multiply(svg.getScreenCTM());
        const [x, y, width, height] = ["x", "y", "width", "height"].map((name) => Number(frame.getAttribute(name)));
        const centre = [x + width / 2, y + height / 2];
        const radius = 0.2 * width; // |z| = 0.8
        const inside = Array.from({ length: 720 }, (_, i) => {
          const at = svg.createSVGPoint();
          at.x = centre[0] + radius * Math.cos((i * Math.PI) / 360);
          at.y = centre[1] + radius * Math.sin((i * Math.PI) / 360);
          return path.isPointInFill(at.matrixTransform(matrix));
        });
        return inside.filter((value, i) => value !== inside[(i + 1) % 720]).length;
    }""")
    assert changes == 2 * (4 + 1)


def test_the_wiring_of_thirteen_stages_is_drawn_and_scrolls_in_its_card(visit):
    page = visit("#entry=dopri8")
    svg = picture(page, "wiring")
    expect(svg).to_be_attached()
    expect(svg).to_contain_text("F")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_modified_equation_to_a_chosen_order(visit):
    page = visit("#entry=euler")
    card = panel(page, "modified")
    rows = card.locator("table.terms tbody tr")
    for order, trees in ((2, 2), (4, 8)):  # rooted trees of at most so many vertices: 1, 2, 4, 8
        card.get_by_label("to order").select_option(str(order))
        expect(rows).to_have_count(trees)
    expect(card.locator("tbody svg").nth(1)).to_have_attribute("aria-label", re.compile("1 2"))
    card.get_by_role("button", name="Copy LaTeX").click()
    latex = page.evaluate("navigator.clipboard.readText()")
    assert latex == analysis.modified_latex(schemes.get("euler"), 4)


def test_the_terms_of_two_fields_are_told_apart(visit):
    rows = panel(visit("#entry=lie"), "modified").locator("table.terms tbody tr")
    expect(rows.nth(2).locator("td").nth(4)).to_have_text(re.compile("f′f"))
    differentials = [row.locator("td").nth(4).inner_text() for row in rows.all()]
    assert len(set(differentials)) == len(differentials)


def test_the_source_is_copied_and_the_whole_file_saved(visit):
    page = visit("#entry=lm2")
    card = panel(page, "source")
    expect(card.locator("pre")).to_have_text(schemes.source(schemes.get("lm2")), use_inner_text=False)
    card.get_by_role("button", name="Copy").click()
    assert page.evaluate("navigator.clipboard.readText()") == schemes.source(schemes.get("lm2"))
    card.get_by_role("button", name="Complete PyTorch file").click()
    expect(card.locator("pre")).to_contain_text("import torch")
    name, content = saved(page, card.get_by_role("button", name="Download").click)
    assert name == "lm2.py"
    assert "torch" in {
        a.name for node in ast.walk(ast.parse(content)) if isinstance(node, ast.Import) for a in node.names
    }


def test_a_scheme_without_a_source_shows_nobody_elses(visit):
    page = visit("#entry=rk4_classic")
    expect(panel(page, "source").locator("pre")).to_contain_text("F1")
    box = page.get_by_role("combobox", name="Search the catalogue")
    box.fill("implicit euler")
    box.press("Enter")
    expect(panel(page, "source").locator(".card-status")).to_contain_text("implicit")
    expect(panel(page, "source").locator("pre")).to_have_count(0)


def test_the_certificate_says_what_the_library_says(visit):
    page = visit("#entry=ssprk3")
    found = certificates.lines(analysis.certificate(schemes.get("ssprk3")))
    card = panel(page, "certificate")
    expect(card.locator("dd", has_text="…")).to_have_count(0)
    said = dict(zip(card.locator("dt").all_text_contents(), card.locator("dd").all_text_contents(), strict=True))
    assert {label: said[label] for label in found} == found


def test_the_limit_of_a_random_scheme(visit):
    page = visit("#entry=euler_maruyama")
    limit = panel(page, "certificate").locator("section", has_text="Limit for small steps")
    expect(limit).to_contain_text("dB")
    visit_other = visit("#entry=euler")
    expect(panel(visit_other, "certificate").get_by_text("Limit for small steps")).to_be_hidden()


def test_the_scheme_is_saved_as_a_file(visit):
    page = visit("#entry=rk4_classic")
    page.get_by_role("button", name="Share").click()
    files = {}
    for form in ("JSON", "TOML", "LaTeX"):
        name, content = saved(page, page.get_by_role("button", name=f"Scheme as {form}").click)
        files[name] = content.decode()
    assert list(files) == ["rk4_classic.json", "rk4_classic.toml", "rk4_classic.tex"]
    text, toml, latex = files.values()
    json.loads(text), tomllib.loads(toml)
    for form, content in (("json", text), ("toml", toml)):
        assert schemes.equivalent(schemes.loads(content, form), schemes.get("rk4_classic"))
    assert latex.count(r"\begin") == latex.count(r"\end") > 0


@pytest.mark.parametrize(
    "name", ["wiring", pytest.param("region", marks=pytest.mark.slow), pytest.param("roots", marks=pytest.mark.slow)]
)
def test_a_picture_is_saved_as_a_file(visit, name):
    """An SVG that stands alone, and a PNG of twice its pixels."""
    page = visit("#entry=rk4_classic", theme="dark" if name == "roots" else "light")
    settled(page)
    menu = panel(page, name).locator("details.export")
    menu.locator("summary").click()
    file, content = saved(page, menu.get_by_role("button", name="SVG").click)
    root = xml.fromstring(content)
    assert file.endswith(".svg") and root.tag == "{http://www.w3.org/2000/svg}svg" and b"var(--" not in content
    menu.locator("summary").click()
    file, content = saved(page, menu.get_by_role("button", name="PNG").click)
    assert file.endswith(".png") and content.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(content[16:20]) == pytest.approx(2 * float(root.get("width")), abs=2)
