// What the panels have in common: asking only when what they show has changed.

import { ask } from "./asking.js";
import { card } from "./cards.js";
import { replace } from "./dom.js";
import { activeDesign } from "./store.js";

// A function of the state that calls follow(wanted, state) when pick(state), plain JSON, is another than before.
// pick gives null for "nothing to do now", which is not remembered.
export function follower(pick, follow) {
  let last = "";
  return (state) => {
    const wanted = pick(state);
    const key = JSON.stringify(wanted);
    if (wanted === null || key === last) return;
    last = key;
    follow(wanted, state);
  };
}

// A card that shows a view of the active design while the page "design" is open.
// request(state): {view, options}, by default the view of the card's name; draw(answer, panel) fills panel.body.
// Where a scheme has no such view (an implicit one no source) the card is emptied: it would show another scheme's, and
// its buttons, but for toggles, would copy or save that.
export function viewPanel({ name, title, draw, wide = false, tools = [], request = () => ({ view: name }) }) {
  const panel = card({ name, title, tools, wide });
  let drawn = "";
  const able = (wanted) => panel.tools.querySelectorAll("button:not([aria-pressed])").forEach((each) => {
    each.disabled = !wanted;
  });
  const pick = (state) => (state.page === "design" ? { design: activeDesign(state), ...request(state) } : null);
  const update = follower(pick, ({ design, view, options = {} }) => {
    const table = JSON.stringify({ ...design, values: null });
    const asked = ask(view, design, options, name).catch((refusal) => {
      if (table !== drawn) {
        replace(panel.body);
        able(false);
      }
      throw refusal;
    });
    panel.hold(asked, (answer) => {
      drawn = table;
      able(true);
      draw(answer, panel);
    });
  });
  return { element: panel.element, update };
}
