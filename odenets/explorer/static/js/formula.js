// The scheme as formulas that wrap.

import { notice } from "./cards.js";
import { copyButton, fragment, make, replace } from "./dom.js";
import { shortened } from "./fractions.js";
import { viewPanel } from "./panels.js";

// The card of the active design's formulas, one line a value.
export function formulaPanel() {
  let shown = { text: [], latex: [] };
  return viewPanel({
    name: "formula",
    title: "Formula",
    tools: [
      copyButton("Copy LaTeX", () => aligned(shown.latex)),
      copyButton("Copy text", () => shown.text.join("\n")),
    ],
    draw(answer, { body }) {
      shown = answer;
      const lines = formulaLines(answer.lines);
      const rounded = shortened(lines) ? notice("Long fractions are rounded here; the copies have them whole.") : null;
      replace(body, lines, rounded);
    },
  });
}

// Rows of align* as one display.
function aligned(rows) {
  return ["\\begin{align*}", rows.join(" \\\\\n"), "\\end{align*}"].join("\n");
}

// Lines of MathML pieces; a line breaks between pieces only, and what follows a break is indented.
export function formulaLines(lines) {
  const line = (pieces) => make("p", { class: "formula-line" }, spaced(pieces));
  return make("div", { class: "formula-lines" }, lines.map(line));
}

function spaced(pieces) {
  return pieces.flatMap((piece) => [make("span", { class: "piece" }, fragment(piece)), make("wbr")]);
}
