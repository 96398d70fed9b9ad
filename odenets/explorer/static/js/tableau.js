// The tableau as in the book.

import { fragment, replace } from "./dom.js";
import { shortened } from "./fractions.js";
import { viewPanel } from "./panels.js";

const ROUNDED = ". Long fractions are rounded here; Share has them whole.";

// The card of the active design's tableau; a wide one scrolls inside.
export function tableauPanel() {
  return viewPanel({
    name: "tableau",
    title: "Tableau",
    draw(answer, { body }) {
      replace(body, fragment(answer.html));
      if (shortened(body)) body.querySelector("caption").append(ROUNDED);
    },
  });
}
