// The search box of the catalogue: an ARIA combobox with filters; no state of its own beyond what is typed.

import { askCatalogue } from "./asking.js";
import { freshId, make, replace } from "./dom.js";

const FILTERS = { kind: "", order: 0, stages: 0, explicit: false, learned: false, stochastic: false };

const plain = (text) => String(text ?? "").toLowerCase().replace(/[_\-–]+/g, " ");

// Entries that match all words and the filters: those whose name begins so first. entries as in /catalogue.json.
function matching(entries, words, filters = FILTERS) {
  const asked = plain(words).split(/\s+/).filter(Boolean);
  const ranked = entries.filter((entry) => passes(entry, filters)).map((entry) => [rank(entry, asked), entry]);
  const found = ranked.filter(([place]) => place < Infinity);
  return found.sort(([a, one], [b, other]) => a - b || one.name.localeCompare(other.name, "en",
    { numeric: true })).map(([, entry]) => entry);
}

function passes(entry, filters) {
  return (!filters.kind || entry.kind === filters.kind)
    && (!filters.order || (entry.order ?? 0) >= filters.order)
    && (!filters.stages || (entry.stages ?? 0) <= filters.stages)
    && ["explicit", "learned", "stochastic"].every((name) => !filters[name] || entry[name]);
}

// 0 the whole name, 1 its beginning, 2 the beginning of a word of it, 3 within it, 4 in the summary or kind; Infinity:
// no match.
function rank(entry, words) {
  const name = plain(entry.name);
  const rest = `${plain(entry.summary)} ${plain(entry.kind)}`;
  if (words.length && name === words.join(" ")) return 0;
  const places = words.map((word) => {
    if (name.startsWith(word)) return 1;
    if (name.includes(` ${word}`)) return 2;
    if (name.includes(word)) return 3;
    return rest.includes(word) ? 4 : Infinity;
  });
  return Math.max(1, ...places);
}

// A search box {element, focus(), filter(filters)}; choose(design) is called with the design of the entry chosen.
export function searchBox({ label, choose, main = false }) {
  const id = freshId("search");
  const listId = `${id}-list`;
  const input = make("input", {
    type: "search", id, role: "combobox", "aria-expanded": "false", "aria-controls": listId,
      "aria-autocomplete": "list",
    autocomplete: "off", spellcheck: "false", placeholder: "name, kind or words", "data-search": main,
  });
  const list = make("ul", { role: "listbox", id: listId, "aria-label": `${label}: results`, class: "results",
    hidden: true });
  const count = make("p", { class: "search-count", role: "status" });
  const element = make("div", { class: "search" }, make("label", { for: id }, label), input, count, list);
  let entries = [];
  let filters = FILTERS;
  let found = [];
  let at = -1;

  function look() {
    found = matching(entries, input.value, filters);
    replace(count, !entries.length ? "\u00a0" : `${found.length} of ${entries.length} schemes`);
    if (!list.hidden) draw();
  }

  function draw() {
    at = -1;
    input.removeAttribute("aria-activedescendant");
    replace(list, found.map((entry, i) => option(entry, `${listId}-${i}`)));
    list.scrollTop = 0;
  }

  function open(wanted) {
    const shows = wanted && found.length > 0;
    if (shows === !list.hidden) return;
    list.hidden = !shows;
    input.setAttribute("aria-expanded", String(shows));
    if (shows) draw();
    else input.removeAttribute("aria-activedescendant");
  }

  function move(to) {
    list.children[at]?.setAttribute("aria-selected", "false");
    at = (to + found.length) % found.length;
    const chosen = list.children[at];
    chosen.setAttribute("aria-selected", "true");
    chosen.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", chosen.id);
  }

  function take(entry) {
    if (!entry) return;
    open(false);
    input.value = "";
    look();
    choose({ entry: entry.name });
  }

  function key(event) {
    const ends = list.hidden ? {} : { Home: 0, End: found.length - 1 };
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const closed = list.hidden;
      open(true);
      if (found.length) move(closed || at < 0 ? (event.key === "ArrowDown" ? 0 : -1) : at + (event.key === "ArrowDown"
        ? 1 : -1));
    } else if (event.key in ends && at >= 0) move(ends[event.key]);
    else if (event.key === "Enter") take(at >= 0 ? found[at] : input.value ? found[0] : null);
    else if (event.key === "Escape" && !list.hidden) open(false);
    else return;
    event.preventDefault();
  }

  input.addEventListener("keydown", key);
  input.addEventListener("input", () => { look(); open(found.length > 0); });
  input.addEventListener("click", () => open(true));
  input.addEventListener("blur", () => open(false));
  // The list must not take the focus: the input keeps it, as the pattern asks.
  list.addEventListener("mousedown", (event) => event.preventDefault());
  list.addEventListener("click", (event) =>
    take(found[[...list.children].indexOf(event.target.closest("[role=option]"))]));

  const arrived = (catalogue) => {
    entries = catalogue.entries;
    look();
    if (input.value && document.activeElement === input) open(true);
  };
  askCatalogue().then(arrived, (trouble) => replace(count, trouble.message));
  look();

  return {
    element,
    focus: () => input.focus(),
    filter(next) { filters = next; look(); },
  };
}

function option(entry, id) {
  const facts = entryFacts(entry);
  return make("li", { role: "option", id, "aria-selected": "false" },
    make("span", { class: "result-name" }, entry.name), make("span", { class: "result-facts" }, facts),
    make("span", { class: "result-summary" }, entry.summary ?? ""));
}

// "order 4, 4 stages" of an entry.
export function entryFacts(entry) {
  const order = entry.order === null || entry.order === undefined ? null : `order ${entry.order}`;
  const stages = entry.stages ? `${entry.stages} ${entry.stages === 1 ? "stage" : "stages"}` : null;
  return [order, stages].filter(Boolean).join(", ");
}
