// The modified equation and its terms by rooted trees.

import { reachable } from "./cards.js";
import { copyButton, fragment, make, replace } from "./dom.js";
import { formulaLines } from "./formula.js";
import { viewPanel } from "./panels.js";
import { tree } from "./trees.js";

const ORDERS = [1, 2, 3, 4, 5, 6, 7, 8];
const HEADINGS = ["Tree t", "order |t|", "symmetry σ", "b(t)", "F(t)"];
const CAPTION = "u′ = Σ h^(|t|−1) b(t)/σ(t) F(t), the sum over rooted trees t";

// The card of the active design's modified equation to a chosen order.
export function modifiedPanel(store) {
  let shown = { latex: "" };
  const chooser = make("select", { onchange: () => store.change({ order: Number(chooser.value) }) },
    ORDERS.map((order) => make("option", { value: order }, order)));
  const panel = viewPanel({
    name: "modified",
    title: "Modified equation",
    tools: [make("label", {}, "to order ", chooser), copyButton("Copy LaTeX", () => shown.latex)],
    request: (state) => ({ view: "modified", options: { order: state.order } }),
    draw(answer, { body }) {
      shown = answer;
      replace(body, formulaLines(answer.pieces), termTable(answer.terms));
    },
  });
  function update(state) {
    chooser.value = String(state.order);
    panel.update(state);
  }
  return { element: panel.element, update };
}

// Terms {tree: level sequence, order, symmetry, coefficient, mathml, differential} as a table, which scrolls when it is
// wide. Of several fields one tree stands for many terms: F tells them apart.
function termTable(terms) {
  const cell = (...children) => make("td", {}, children);
  const coefficient = ({ mathml, coefficient: text }) => (mathml ? fragment(mathml) : text);
  const rows = terms.map((term) => make("tr", {},
    cell(tree(term.tree)), cell(term.order), cell(term.symmetry), cell(coefficient(term)),
    cell(fragment(term.differential))));
  const head = make("tr", {}, HEADINGS.map((text) => make("th", { scope: "col" }, text)));
  const table = make("table", { class: "facts terms" },
    make("caption", {}, CAPTION), make("thead", {}, head), make("tbody", {}, rows));
  return reachable(make("div", { class: "scrolls" }, table), "Terms by rooted trees");
}
