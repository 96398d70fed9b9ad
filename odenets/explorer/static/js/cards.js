// Cards: one view each; they keep what they show until the next is there.

import { freshId, make, nodes, replace } from "./dom.js";

const STALE_AFTER = 150; // ms: quicker answers change without a sign
const FAILED = "This view could not be drawn.";

// A card {element, body, tools, hold(promise, draw, slot)}: a section with a heading, tools at the right and a status
// line.
export function card({ name, title, tools = [], wide = false }) {
  const id = freshId(`card-${name}`);
  const toolbar = make("div", { class: "card-tools" }, tools);
  const body = make("div", { class: "card-body" });
  const status = make("p", { class: "card-status", role: "status" });
  const element = make("section", { class: wide ? "card wide" : "card", "data-card": name, "aria-labelledby": id },
    make("header", { class: "card-head" }, make("h2", { id }, title), toolbar), body, status);
  reachable(body, title);
  return { element, body, tools: toolbar, hold: holder(element, body, status), say: (sentence) => replace(status,
    sentence) };
}

// `hold(promise, draw, slot)`: draws the answer of each slot in the order asked; null (overtaken) draws nothing;
// a refusal leaves what is shown and says its sentence; marked stale from 150 ms on.
function holder(element, body, status) {
  const slots = new Map();
  let open = 0;
  let timer = 0;

  function begin() {
    open += 1;
    body.setAttribute("aria-busy", "true");
    if (open === 1) timer = setTimeout(() => element.classList.add("stale"), STALE_AFTER);
  }

  function end() {
    open -= 1;
    if (open > 0) return;
    clearTimeout(timer);
    body.removeAttribute("aria-busy");
    element.classList.remove("stale");
  }

  return async function hold(promise, draw, slot = "") {
    const row = slots.get(slot) ?? { asked: 0, drawn: 0 };
    slots.set(slot, row);
    row.asked += 1;
    const ticket = row.asked;
    begin();
    try {
      const answer = await promise;
      if (answer === null || ticket < row.drawn) return;
      row.drawn = ticket;
      replace(status);
      draw(answer);
      element.classList.remove("refused");
    } catch (trouble) {
      if (ticket < row.asked) return;
      if (!trouble?.sentence) console.error(trouble);
      replace(status, trouble?.sentence ?? FAILED);
      element.classList.add("refused");
    } finally {
      end();
    }
  };
}

// A box that scrolls can be reached by the keyboard while it scrolls.
export function reachable(box, label) {
  const look = () => {
    const scrolls = box.scrollWidth > box.clientWidth + 1 || box.scrollHeight > box.clientHeight + 1;
    if (scrolls) Object.entries({ tabindex: "0", role: "group", "aria-label": `${label} (scrolls)` }).forEach(([k,
      v]) => box.setAttribute(k, v));
    else ["tabindex", "role", "aria-label"].forEach((name) => box.removeAttribute(name));
  };
  new ResizeObserver(look).observe(box);
  new MutationObserver(() => requestAnimationFrame(look)).observe(box, { childList: true, subtree: true });
  return box;
}

// A paragraph that says what is absent and what to do.
export function notice(...children) {
  return make("p", { class: "notice" }, nodes(children));
}
