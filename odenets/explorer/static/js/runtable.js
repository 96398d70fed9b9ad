// The table of the run records: sorted by its headings, filtered, each run opened by its name and drawn by its box.

import { card, notice } from "./cards.js";
import { button, freshId, make, replace } from "./dom.js";
import { COLUMNS, MOST_SELECTED, STATUSES, changeRuns, drawnIds, openRun, runsView, sortedRuns } from "./runview.js";

const WORDS = "name, scheme, data or id";
const MOST_ROWS = 200;
const NONE = "No run is recorded yet: train a network above, or by the command `odenets train`.";

// The card of the table {element, draw(records, state)}.
export function runTable(store) {
  const panel = card({ name: "run-table", title: "Run records", wide: true });
  const filter = filters(store);
  const heads = headings(store);
  const body = make("tbody", {});
  const table = make("table", { class: "facts runs" }, make("thead", {}, heads.element), body);
  const rest = make("p", { class: "muted" });
  const rows = new Map();
  panel.element.insertBefore(filter.element, panel.body);

  function draw(records, state) {
    const view = runsView(state);
    filter.show(view);
    heads.show(view);
    panel.say(records.trouble);
    if (!records.runs) return;
    const found = sortedRuns(records.runs, view);
    filter.count(found.length, records.runs.length);
    if (!records.runs.length) return void replace(panel.body, notice(NONE));
    if (table.parentNode !== panel.body) replace(panel.body, table, rest);
    arrange(body, found.slice(0, MOST_ROWS).map((run) => rowOf(run, view)));
    rest.textContent = found.length > MOST_ROWS ? `${found.length - MOST_ROWS} more: narrow the filter.` : "";
  }

  function rowOf(run, view) {
    if (!rows.has(run.id)) rows.set(run.id, tableRow(store, run.id));
    const row = rows.get(run.id);
    row.show(run, view);
    return row.element;
  }

  return { element: panel.element, draw };
}

// Puts rows into the order asked, and touches only those that are elsewhere.
function arrange(body, wanted) {
  wanted.forEach((row, i) => {
    if (body.children[i] !== row) body.insertBefore(row, body.children[i] ?? null);
  });
  while (body.children.length > wanted.length) body.lastChild.remove();
}

function filters(store) {
  const [text, status] = [freshId("filter"), freshId("status")];
  const typing = { autocomplete: "off", spellcheck: "false", placeholder: WORDS };
  const input = make("input", { type: "search", id: text, ...typing });
  const option = (name) => make("option", { value: name }, name || "any status");
  const choice = make("select", { id: status }, ["", ...STATUSES].map(option));
  const count = make("p", { class: "muted", role: "status" });
  const clear = button("draw none", () => changeRuns(store, { selected: null, open: null }), { class: "quiet" });
  input.addEventListener("input", () => changeRuns(store, { filter: input.value }));
  choice.addEventListener("change", () => changeRuns(store, { status: choice.value }));
  const labelled = (id, name, control) => make("div", {}, make("label", { for: id }, name), " ", control);
  const element = make("div", { class: "fields" },
    labelled(text, "Filter", input), labelled(status, "Status", choice), clear, count);

  function show(view) {
    if (document.activeElement !== input) input.value = view.filter;
    choice.value = view.status;
    clear.hidden = !drawnIds(view).length;
  }

  const counted = (some, all) => setText(count, some === all ? `${all} runs` : `${some} of ${all} runs`);
  return { element, show, count: counted };
}

function headings(store) {
  const cells = COLUMNS.map(([key, title]) => {
    const head = make("th", { scope: "col" }, button(title, () => sortBy(store, key), { class: "quiet sort" }));
    return [key, head];
  });
  const element = make("tr", {}, make("th", { scope: "col" }, "draw"), cells.map(([, head]) => head));

  function show({ by, down }) {
    for (const [key, head] of cells) {
      const order = key !== by ? "none" : down ? "descending" : "ascending";
      if (head.getAttribute("aria-sort") !== order) head.setAttribute("aria-sort", order);
    }
  }

  return { element, show };
}

function sortBy(store, key) {
  const { by, down } = runsView(store.state);
  const first = key === "created"; // the newest come first
  changeRuns(store, { sort: `${(by === key ? !down : first) ? "-" : ""}${key}` });
}

function tableRow(store, id) {
  const box = make("input", { type: "checkbox", onchange: () => toggle(store, id, box) });
  const opener = button("", () => openRun(store, id), { class: "quiet run-name" });
  const cells = COLUMNS.map(([key, , , isNumber]) =>
    key === "name" ? make("th", { scope: "row" }) : make("td", { class: isNumber && "figure" }));
  cells[0].append(opener);
  const element = make("tr", { "data-run": id }, make("td", {}, box), cells);

  function show(run, view) {
    COLUMNS.forEach(([, , text], i) => setText(i ? cells[i] : opener, text(run)));
    cells[1].className = `status-${STATUSES.includes(run.status) ? run.status : "other"}`;
    setText(opener, run.name);
    box.checked = drawnIds(view).includes(id);
    box.disabled = !box.checked && drawnIds(view).length >= MOST_SELECTED;
    set(box, "aria-label", `draw the curves of ${run.name}`);
    set(opener, "title", run.id);
    set(opener, "aria-pressed", String(view.open === id));
    element.classList.toggle("open", view.open === id);
  }

  return { element, show };
}

function toggle(store, id, box) {
  const view = runsView(store.state);
  const kept = drawnIds(view).filter((other) => other !== id);
  const selected = box.checked ? [...kept, id] : kept;
  const open = view.open === id ? selected[0] ?? "" : view.open || id;
  changeRuns(store, { selected: selected.join(","), open });
}

function set(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
