// The form of one draft: its sizes, flags, tables or text, and what is typed in it.

import { cellTable, fillFrom, markCells, moveInCells, pastedRows, readCells, unmarkCells } from "./cells.js";
import { button, freshId, make, replace } from "./dom.js";
import { EXAMPLES, TITLES, fitted, nodeOf, sizesOf, tablesOf } from "./forms.js";
import { textField } from "./textfield.js";

const UNREAD = {
  formula: "Write the step as u[n+1] = …, with h*f(u[n]).",
  text: "Rows “c | a …”, separated by lines or “;”, as the library reads files.",
};

// A form {element, open(form, draft, bounds), mark(refusal), unmark(), focus()}. changed(draft, atOnce) on each change;
// pastedTableau(text) when a whole tableau with bars is pasted; describedBy: the id of the element that says what is
// wrong.
export function editForm({ describedBy, changed, pastedTableau }) {
  const element = make("div", { role: "tabpanel", id: freshId("editing"), class: "editing-form" });
  let form = "";
  let draft = {};
  let bounds = {};
  let text = null;

  moveInCells(element);
  element.addEventListener("input", typed);
  element.addEventListener("paste", pasted);

  function open(nextForm, nextDraft, nextBounds = bounds) {
    [form, draft, bounds] = [nextForm, nextDraft, nextBounds];
    text = EXAMPLES[form] ? textField({ label: TITLES[form], text: draft.text, examples: EXAMPLES[form],
      says: UNREAD[form], describedBy }) : null;
    replace(element, text ? text.element : [sizeButtons(form, draft, bounds, resize), flags(form, draft), tablesOf(form,
      draft).map(cellTable), words(form, draft)]);
  }

  function resize(key, size) {
    open(form, fitted(form, { ...read(), [key]: size }));
    changed(draft, true);
  }

  function read() {
    if (text) return { ...draft, text: text.text() };
    const found = { ...draft };
    for (const [table, matrix] of Object.entries(readCells(element))) found[table] = draft[table].map((row, i) =>
      row.map((value, j) => matrix[i]?.[j] ?? value));
    for (const input of element.querySelectorAll("[data-word]")) found[input.dataset.word] = input.value;
    return found;
  }

  function typed(event) {
    const flag = event.target.dataset?.flag;
    draft = { ...read(), ...(flag && { [flag]: event.target.checked }) };
    if (flag) open(form, draft);
    else if (form === "tableau") showNodes();
    changed(draft, false);
  }

  function showNodes() {
    const heads = [...element.querySelectorAll("tbody:first-of-type th")];
    heads.forEach((head, i) => replace(head, nodeOf(draft.A[i], draft.full ? Infinity : i)));
  }

  function pasted(event) {
    const content = event.clipboardData.getData("text");
    const rows = event.target.matches("input.cell") ? pastedRows(content) : null;
    if (!rows) return;
    event.preventDefault();
    if (/[|│]/.test(content)) pastedTableau(content);
    else pastedBlock(event.target.dataset, rows);
  }

  // A block without bars goes in from the cell on; a tableau or multistep scheme grows to hold it.
  function pastedBlock({ table, row, column }, rows) {
    const [{ key, most }] = sizesOf(form, bounds);
    const across = Math.max(...rows.map((cells) => cells.length)) + Number(column) - 1 - (key === "steps");
    const down = table === "A" ? rows.length + Number(row) - 1 : 0;
    const wanted = Math.min(most, Math.max(draft[key], across, down));
    if (form !== "general" && wanted > draft[key]) open(form, fitted(form, { ...read(), [key]: wanted }));
    fillFrom(element.querySelector(`input.cell[data-table="${table}"][data-row="${row}"][data-column="${column}"]`),
      rows);
    draft = read();
    if (form === "tableau") showNodes();
    changed(draft, true);
  }

  // A rule of the whole table names no cell: the one that was typed in last broke it.
  function mark(refusal) {
    const cell = document.activeElement;
    const last = cell?.matches("input.cell") && element.contains(cell) ? cell.dataset : null;
    if (text) text.mark(refusal);
    else markCells(element, refusal.cell ?? last, describedBy);
  }

  function unmark() {
    unmarkCells(element);
    text?.mark(null);
  }

  return { element, open, mark, unmark, focus: () => element.querySelector("input.cell, textarea")?.focus() };
}

function sizeButtons(form, draft, bounds, resize) {
  return make("div", { class: "sizes" }, sizesOf(form, bounds).map(({ key, label, least, most }) => make("span",
    { class: "size" },
    button("−", () => resize(key, draft[key] - 1), { "aria-label": `fewer ${label}`, disabled: draft[key] <= least }),
    make("span", {}, `${draft[key]} ${draft[key] === 1 ? label.slice(0, -1) : label}`),
    button("+", () => resize(key, draft[key] + 1), { "aria-label": `more ${label}`, disabled: draft[key] >= most }))));
}

function flags(form, draft) {
  if (form !== "tableau") return null;
  const box = (key, label) => make("label", {}, make("input", { type: "checkbox", "data-flag": key,
    checked: draft[key] }), label);
  return make("div", { class: "flags" }, box("full", "implicit (full table)"), box("second", "embedded row"));
}

function words(form, draft) {
  const keys = form === "general" ? ["name", "states", "fields"] : ["name"];
  return make("div", { class: "names" }, keys.map((key) => {
    const id = freshId("name");
    const input = make("input", { type: "text", id, "data-word": key, value: draft[key], spellcheck: "false" });
    return make("div", { class: "field" }, make("label", { for: id }, key), input);
  }));
}
