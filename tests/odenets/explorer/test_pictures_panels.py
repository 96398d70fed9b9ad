"""The pictures on a page: what their marks, labels and readouts say, and that they can be moved, read and saved."""

import re
import xml.etree.ElementTree as ET
from io import BytesIO
from itertools import pairwise

import pytest
from PIL import Image

PANEL = """async ([file, maker, state]) => {
  const { makeStore } = await import("/js/store.js");
  const panel = (await import(`/js/${file}.js`))[maker];
  const store = makeStore(state);
  const { element, update } = panel(store);
  document.body.append(element);
  store.subscribe(update);
  update(store.state);
  window.store = store;
}"""
TREE = """async (levels) => {
  const picture = (await import("/js/trees.js")).tree(levels);
  document.body.append(picture);
  const places = [...picture.querySelectorAll("circle")].map((dot) => [dot.cx.baseVal.value, dot.cy.baseVal.value]);
  const box = picture.viewBox.baseVal;
  const path = picture.querySelector("path").getAttribute("d");
  return [picture.getAttribute("aria-label"), places, path, [box.width, box.height]];
}"""
CHART = """async (spec) => {
  const { chart } = await import("/js/chart.js");
  window.chart = chart(spec);
  document.body.append(window.chart.element);
}"""
SAVED = """async ([selector, title, caption]) => {
  const { pictureText, pictureBlob } = await import("/js/picture.js");
  const picture = document.querySelector(selector);
  const blob = await pictureBlob(picture, title, caption);
  return [pictureText(picture, title, caption), [...new Uint8Array(await blob.arrayBuffer())]];
}"""
PINCH = """async () => {
  const { plane } = await import("/js/plane.js");
  const picture = plane({ width: 400, height: 400 });
  document.body.append(picture.svg);
  picture.svg.setPointerCapture = () => {};
  const box = picture.svg.getBoundingClientRect();
  const send = (type, id, x, y) => picture.svg.dispatchEvent(
    new PointerEvent(type, { pointerId: id, clientX: box.left + x, clientY: box.top + y }));
  const under = picture.toPlane(150, 200);
  send("pointerdown", 1, 100, 200);
  send("pointerdown", 2, 200, 200);
  send("pointermove", 1, 50, 200);
  send("pointermove", 2, 250, 200);
  send("pointerup", 1, 50, 200);
  send("pointerup", 2, 250, 200);
  return [picture.view.width, under, picture.toPlane(150, 200), picture.svg.style.touchAction];
}"""
BOXES = """(texts) => texts.map((text) => {
  const { left, right, top, bottom } = text.getBoundingClientRect();
  return [left, right, top, bottom, text.textContent];
})"""


def shown(modules, file, maker, *designs, **state):
    modules.evaluate(PANEL, [file, maker, {"designs": list(designs), **state}])
    return modules.locator("section.card")


def test_tree_of_a_level_sequence(modules):
    label, places, path, (width, height) = modules.evaluate(TREE, [1, 2, 3, 2])
    assert label == "rooted tree of order 4, level sequence 1 2 3 2"
    assert len(places) == 4 and path.count("M") == 3
    (x, y), first, above, second = places
    assert first[1] == second[1] < y and above[1] < first[1]  # the root is at the bottom
    assert above[0] == first[0] < x < second[0] and x == pytest.approx((first[0] + second[0]) / 2)
    assert all(0 < a < width and 0 < b < height for a, b in places)
    assert modules.evaluate(TREE, [1])[1] and len(set(map(tuple, modules.evaluate(TREE, [1, 2, 2, 2, 2])[1]))) == 5


def test_region_panel_is_told_read_moved_and_fitted(modules):
    card = shown(modules, "region", "regionPanel", {"entry": "rk4_classic"})
    card.locator("g[transform]").wait_for(state="attached")
    picture = card.locator("figure > svg")
    modules.wait_for_function(
        "() => document.querySelector('figure > svg').getAttribute('aria-label').includes('interval')"
    )
    label = picture.get_attribute("aria-label")
    assert label.startswith("Stability region of rk4_classic: real interval [-2.78529356")
    box = picture.bounding_box()
    modules.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + 0.4 * box["height"])
    assert re.fullmatch(
        r"z = −[\d.]+ \+ [\d.]+i: \|R\(z\)\| = [\d.]+, (un)?stable", card.locator("output").text_content()
    )
    modules.mouse.down()
    modules.mouse.move(box["x"] + 0.5 * box["width"], box["y"] + 0.4 * box["height"], steps=4)
    modules.mouse.up()
    modules.wait_for_function("() => store.state.plane !== null")
    first = modules.evaluate("store.state.plane")
    assert first["y"] == 0 and first["x"] == pytest.approx(-1.55 - first["width"] * 0.1, rel=0.1)
    picture.focus()
    for key in ("+", "ArrowRight"):
        modules.keyboard.press(key)
    modules.wait_for_function(f"() => store.state.plane.width < {first['width'] - 1e-3}")
    second = modules.evaluate("store.state.plane")
    assert second["width"] == pytest.approx(first["width"] / 1.25, rel=1e-5)
    assert second["x"] == pytest.approx(first["x"] + second["width"] / 10, rel=1e-4)
    modules.keyboard.press("0")
    modules.wait_for_function("() => store.state.plane === null")
    modules.keyboard.press("Escape")
    assert card.locator("output").text_content() == ""
    modules.keyboard.press("Shift+ArrowLeft")
    low, high = (float(end.replace("−", "-")) for end in re.search(r"real (\S+) to ([^,]+)", label).groups())
    z = float(card.locator("output").text_content().removeprefix("z = ").split(":")[0].replace("−", "-"))
    assert z == pytest.approx((low + high) / 2 - (high - low) / 60, abs=0.06)
    assert picture.get_attribute("aria-label") == label


def test_a_pinch_zooms_about_its_middle(modules):
    width, before, after, touch = modules.evaluate(PINCH)
    assert width == pytest.approx(2) and after == pytest.approx(before) and touch == "none"


def test_region_follows_a_parameter_and_keeps_its_window(modules):
    card = shown(
        modules, "region", "regionPanel", {"entry": "lm2", "values": {"k": "-1/2"}}, plane={"x": -1, "y": 0, "width": 5}
    )
    edge = card.locator("g[transform] > path").nth(2)
    modules.wait_for_function("() => document.querySelector('g[transform] > path[d]')")
    before = edge.get_attribute("d")
    modules.evaluate("store.change({ designs: [{ entry: 'lm2', values: { k: '1/2' } }] })")
    modules.wait_for_function(
        "(d) => document.querySelectorAll('g[transform] > path')[2].getAttribute('d') !== d", arg=before
    )
    assert modules.evaluate("store.state.plane") == {"x": -1, "y": 0, "width": 5}
    modules.wait_for_function(
        "() => document.querySelector('figure > svg').getAttribute('aria-label').includes('−3.5 to 1.5')"
    )


def test_regions_overlaid_have_colours_dashes_and_a_key(modules):
    designs = [{"entry": name} for name in ("euler", "rk4_classic", "leapfrog")]
    card = shown(modules, "region", "regionPanel", *designs, page="compare")
    card.locator("g[transform]").nth(2).wait_for(state="attached")
    edges = card.locator("g[transform] > path:nth-child(3)")
    assert [edges.nth(i).get_attribute("stroke") for i in range(3)] == [f"var(--series-{i})" for i in range(3)]
    dashes = {edges.nth(i).get_attribute("stroke-dasharray") for i in range(3)}
    assert len(dashes) == 3
    texts = card.locator("figure > svg text").all_text_contents()
    assert [name for name in texts if name in ("euler", "rk4_classic", "leapfrog")] == [
        "euler",
        "rk4_classic",
        "leapfrog",
    ]
    card.get_by_role("button", name="Order star").click()
    modules.wait_for_function(
        "() => document.querySelector('g[transform] > path').getAttribute('fill-opacity') === '0'"
    )
    assert modules.evaluate("store.state.star") is True


def test_roots_differ_in_shape_and_their_labels_do_not_overlap(modules):
    card = shown(modules, "rootplot", "rootPanel", {"entry": "bdf", "structure": {"steps": "6"}})
    modules.wait_for_function("() => document.querySelector('figure > svg')?.getAttribute('aria-label')")
    assert "Zero-stable" in card.locator(".verdict").text_content()
    boxes = card.locator("figure > svg text").evaluate_all(BOXES)
    labels = [box for box in boxes if box[4] == "1" or box[4].startswith("|ζ|")]
    assert len([box for box in labels if box[4].startswith("|ζ|")]) >= 2
    for i, (left, right, top, bottom, _) in enumerate(labels):
        for other in labels[:i]:
            assert right <= other[0] or other[1] <= left or bottom <= other[2] or other[3] <= top


def test_wiring_has_a_mark_for_each_coefficient_and_says_why_there_is_none(modules):
    card = shown(modules, "wiring", "wiringPanel", {"entry": "lm2"})
    modules.wait_for_function("() => document.querySelector('figure svg')?.getAttribute('aria-label')")
    picture = card.locator("figure svg")
    assert picture.get_attribute("aria-label").endswith("1 evaluation, 5 coefficients, from u_n, u_n−1")
    assert picture.locator("g > path").count() == 2  # k and 1 - k are diamonds
    texts = picture.locator("text").evaluate_all(BOXES)
    columns = sorted(box for box in texts if box[4] in ("(1 − k)", "k"))
    assert len(columns) == 2
    frame = picture.bounding_box()
    assert all(frame["x"] <= left and right <= frame["x"] + frame["width"] for left, right, *_ in texts)


def test_chart_is_read_by_keys_and_keeps_gaps(modules):
    series = [
        {"name": "one", "points": [[0, 1], [1, 2], [2, None], [3, 4]], "colour": 0},
        {"name": "band", "kind": "band", "low": [[0, 0], [3, 1]], "high": [[0, 2], [3, 5]], "colour": 1},
        {"name": "dots", "kind": "points", "points": [[1, 3], [3, 3]], "colour": "ink"},
    ]
    spec = {
        "series": series,
        "x": {"label": "t, no unit"},
        "y": {"label": "u"},
        "caption": "What is seen.",
        "width": 500,
    }
    modules.evaluate(CHART, spec)
    figure = modules.locator("figure.chart")
    assert figure.locator("figcaption").text_content() == "What is seen."
    assert figure.locator("svg").get_attribute("aria-label") == "u over t, no unit: one, band, dots"
    assert [text for text in figure.locator("svg text").all_text_contents() if text in ("one", "band", "dots")] == [
        "one",
        "band",
        "dots",
    ]
    line = figure.locator("svg g path[stroke='var(--series-0)']").get_attribute("d")
    assert line.count("M") == 2 and line.count("L") == 1
    figure.locator("svg").focus()
    modules.keyboard.press("ArrowRight")
    modules.keyboard.press("ArrowRight")
    assert figure.locator("output").text_content() == "t 1: one 2, dots 3"
    modules.keyboard.press("End")
    assert figure.locator("output").text_content() == "t 3: one 4, dots 3"
    modules.evaluate(
        "(spec) => chart.update({ ...spec, series: [{ points: [[0, 1e-9], [1, 0], [2, 1]] }], y: { log: true } })", spec
    )
    assert "10⁻⁹" in figure.locator("svg text").all_text_contents()
    assert figure.locator("output").text_content() == "t 2: y 1"  # focus and place are kept
    modules.evaluate("(spec) => chart.update({ ...spec, series: [] })", spec)
    assert figure.locator("output").text_content() == ""


def test_ticks_of_a_chart_do_not_overlap(modules):
    points = [[i * 1e4, 10.0 ** (-i)] for i in range(14)]
    spec = {"series": [{"points": points}], "x": {"label": "x"}, "y": {"label": "y", "log": True}, "width": 330}
    modules.evaluate(CHART, spec)
    boxes = modules.locator("svg text").evaluate_all(BOXES)
    below = sorted(box for box in boxes if re.fullmatch(r"\d+", box[4]))
    beside = sorted((box for box in boxes if "10" in box[4] and box not in below), key=lambda box: box[2])
    assert len(below) >= 3 and len(beside) >= 3
    assert all(one[1] < other[0] for one, other in pairwise(below))
    assert all(one[3] <= other[2] + 2 for one, other in pairwise(beside))


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_saved_picture_stands_alone(modules, theme):
    modules.emulate_media(color_scheme=theme)
    modules.evaluate(CHART, {"series": [{"points": [[0, 0], [1, 1]], "name": "a < b & c"}], "width": 400})
    text, png = modules.evaluate(SAVED, [".chart svg", "A “title” & more", "The caption. " * 20])
    root = ET.fromstring(text)
    texts = [node.text for node in root.iter() if node.tag.endswith("text")]
    assert "A “title” & more" in texts and "a < b & c" in texts and sum("caption" in (t or "") for t in texts) > 1
    assert "var(" not in text and "class=" not in text and "data-screen" not in text
    background = next(node for node in root if node.tag.endswith("rect")).get("fill")
    assert background == {"light": "#ffffff", "dark": "#1b1f23"}[theme]
    image = Image.open(BytesIO(bytes(png)))
    assert image.size == (2 * float(root.get("width")), 2 * float(root.get("height")))
    assert image.convert("RGB").getpixel((3, 3)) == {"light": (255, 255, 255), "dark": (27, 31, 35)}[theme]
    assert len(image.convert("RGB").getcolors(1 << 20)) > 10
