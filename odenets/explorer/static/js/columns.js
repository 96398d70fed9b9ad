// The heads of the compared schemes' columns, which move, open and remove them.

import { moved } from "./best.js";
import { button, make, replace, svg } from "./dom.js";
import { colourOf, dashOf } from "./looks.js";
import { designTitle } from "./store.js";

// The head row {element, draw(state)} of the comparison.
export function columnHeads(store) {
  const element = make("tr", {});

  function draw({ designs, active }) {
    const used = element.contains(document.activeElement) ? { ...document.activeElement.dataset } : null;
    const heads = designs.map((design, place) => columnHead(store, { designs, active }, place, designTitle(design)));
    replace(element, make("th", { scope: "col" }, "Fact"), heads);
    if (used) focusAgain(used);
  }

  // The focus goes with the scheme: it can be moved on and on by the same key.
  function focusAgain({ tool, place }) {
    const tools = [...element.querySelectorAll("button:not(:disabled)")];
    const near = tools.filter((other) => other.dataset.place === place);
    (near.find((other) => other.dataset.tool === tool) ?? near[0] ?? tools[tools.length - 1])?.focus();
  }
  return { element, draw };
}

function columnHead(store, { designs, active }, place, title) {
  const last = designs.length - 1;
  const shift = (to) => (event) => {
    event.currentTarget.dataset.place = to;
    const order = moved(designs.map((_, i) => i), place, to);
    store.change({ designs: order.map((i) => designs[i]), active: order.indexOf(active) });
  };
  const remove = () => {
    const left = active > place || active === last ? active - 1 : active;
    store.change({ designs: designs.filter((_, i) => i !== place), active: Math.max(0, left) });
  };
  const tool = (name, sign, label, act, disabled = false) => button(sign, act, {
    class: "quiet", "aria-label": label, title: label, "data-tool": name, "data-place": place, disabled,
  });
  return make("th", { scope: "col" },
    make("span", { class: "scheme" }, swatch(place), title),
    make("span", { class: "column-tools" },
      tool("left", "←", `move ${title} left`, shift(place - 1), place === 0),
      tool("right", "→", `move ${title} right`, shift(place + 1), place === last),
      tool("open", "open", `open ${title} on the page Design`, () => store.change({ active: place, page: "design" })),
      tool("remove", "×", `remove ${title}`, remove, last === 0)));
}

// The line of a series as the region draws it: colour and dashes.
function swatch(place) {
  const ends = { x1: 0, x2: 28, y1: 5, y2: 5 };
  const look = { stroke: colourOf(place), "stroke-width": 2.5, "stroke-dasharray": dashOf(place) };
  return svg("svg", { class: "swatch", width: 28, height: 10, viewBox: "0 0 28 10", "aria-hidden": "true" },
    svg("line", { ...ends, ...look }));
}
