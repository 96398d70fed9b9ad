"""What the panels compute by themselves: the best of a row, the order of columns, the colouring of source, lines."""

import inspect

import pytest

import odenets.records
import schemes

BEST = [  # sizes, which side is better, the places that are best
    ([4, 2, 3], "more", [0]),
    ([4, 2, 3], "less", [1]),
    ([4, 4, None], "more", [0, 1]),  # ties all
    ([0.1 + 0.2, 0.3, 0.4], "less", [0, 1]),  # the same exact number by two formulas
    ([-1, -2], "less", [1]),
    ([0, 0], "less", [0, 1]),
    ([1, 0, 1], "yes", [0, 2]),
    ([0, 0], "yes", []),  # nobody has it
    ([4, None], "more", []),  # nothing to compare with
    ([None, None], "more", []),
    ([4, float("inf"), 5], "more", [1]),
    ([float("inf"), float("inf"), 5], "more", [0, 1]),
    ([float("inf"), 2, None], "less", [1]),
    ([4, 5], "", []),  # neither side is better
]


@pytest.mark.parametrize(("sizes", "better", "places"), BEST)
def test_the_best_of_a_row(modules, sizes, better, places):
    said = modules.evaluate(
        "async ([sizes, better]) => (await import('/js/best.js')).bestOf(sizes, better)", [sizes, better]
    )
    assert said == places


@pytest.mark.parametrize(("start", "end", "order"), [(0, 2, "bca"), (2, 0, "cab"), (1, 1, "abc"), (1, 2, "acb")])
def test_a_column_moves_past_the_others(modules, start, end, order):
    script = "async ([start, end]) => (await import('/js/best.js')).moved(['a', 'b', 'c'], start, end).join('')"
    assert modules.evaluate(script, [start, end]) == order


def test_coloured_source_is_the_source(modules):
    """Not a character is lost or added by the spans, whatever the Python."""
    for text in (inspect.getsource(odenets.records), schemes.source(schemes.get("lm2")), "", "'unclosed", '"""open'):
        script = "async (text) => (await import('/js/source.js')).listing(text).textContent"
        assert modules.evaluate(script, text) == text


def test_source_is_coloured_by_kind(modules):
    text = 'def step(self): # if 1\n    return 1/2 * "for" + x1'
    script = """async (text) => [...(await import('/js/source.js')).listing(text).querySelectorAll('span')]
        .map((span) => [span.className, span.textContent])"""
    assert modules.evaluate(script, text) == [
        ["code-keyword", "def"],
        ["code-keyword", "self"],
        ["code-comment", "# if 1"],
        ["code-keyword", "return"],
        ["code-number", "1"],
        ["code-number", "2"],
        ["code-text", '"for"'],
    ]


def test_a_formula_breaks_between_its_pieces_only(modules):
    """In a narrow box no piece is cut, and none is wider than the box."""
    pieces = [f"<math><mo>+</mo><msub><mi>u</mi><mn>{n}</mn></msub></math>" for n in range(12)]
    script = """async (pieces) => {
        const { formulaLines } = await import('/js/formula.js');
        const lines = formulaLines([pieces]);
        lines.style.width = "150px";
        document.body.append(lines);
        const boxes = [...lines.querySelectorAll(".piece")].map((piece) => piece.getBoundingClientRect());
        return {
          rows: new Set(boxes.map((box) => Math.round(box.top))).size,
          right: Math.max(...boxes.map((box) => box.right)) - lines.getBoundingClientRect().left,
          cut: [...lines.querySelectorAll(".piece")].filter((piece) => piece.getClientRects().length !== 1).length,
        };
    }"""
    found = modules.evaluate(script, pieces)
    assert found["rows"] > 2 and found["right"] <= 151 and found["cut"] == 0
