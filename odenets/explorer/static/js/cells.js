// Tables of typed cells: drawing, reading, marking, moving between them, pasting blocks.

import { hidden, make } from "./dom.js";

// Text of a matrix made to a size: what is there is kept, what is new is `fill`.
export function resized(matrix, rows, columns, fill = "0") {
  return Array.from({ length: rows }, (_, i) => Array.from({ length: columns }, (_, j) => matrix[i]?.[j] ?? fill));
}

// A table of cells. head: [label], bodies: [[{label, cells: [{table, row, column, value} | text | null]}]];
// rows and columns count from 1; a text is shown and not typed, null is an empty place.
export function cellTable({ caption, head, bodies, bar = 0 }) {
  const heading = (label, j) => make("th", { scope: "col", class: j === bar && bar ? "first" : null }, label);
  const line = ({ label, cells }) => make("tr", {}, make("th", { scope: "row" }, label), cells.map((cell, j) =>
    place(cell, j === bar)));
  return make("table", { class: "cells" }, make("caption", {}, hidden(caption)),
    head ? make("thead", {}, make("tr", {}, make("td"), head.map(heading))) : null,
    bodies.map((rows, i) => make("tbody", { class: i ? "next" : null }, rows.map(line))));
}

function place(cell, first) {
  const td = make("td", { class: first ? "first" : null });
  if (typeof cell === "string") td.append(cell);
  else if (cell) td.append(cellInput(cell));
  return td;
}

function cellInput({ table, row, column, value, label }) {
  return make("input", {
    type: "text", class: "cell", value: value === "0" ? "" : value, placeholder: "0", spellcheck: "false",
      autocomplete: "off", maxlength: 400,
    "data-table": table, "data-row": row, "data-column": column,
      "aria-label": label ?? `${table}, row ${row}, column ${column}`,
  });
}

// What is typed: {table: matrix of text}; an empty cell is "0".
export function readCells(root) {
  const found = {};
  for (const input of root.querySelectorAll("input.cell")) {
    const { table, row, column } = input.dataset;
    const matrix = (found[table] ??= []);
    (matrix[row - 1] ??= [])[column - 1] = input.value.trim() || "0";
  }
  return found;
}

// Marks the cells that a refusal names ({table, row, column | null}) as described by the element with an id; gives the
// first.
export function markCells(root, cell, id) {
  unmarkCells(root);
  if (!cell) return null;
  const column = cell.column ? `[data-column="${cell.column}"]` : "";
  const found = [...root.querySelectorAll(`input.cell[data-table="${cell.table}"][data-row="${cell.row}"]${column}`)];
  for (const input of found) {
    input.setAttribute("aria-invalid", "true");
    input.setAttribute("aria-describedby", id);
  }
  return found[0] ?? null;
}

// Takes all marks away.
export function unmarkCells(root) {
  for (const input of root.querySelectorAll("input.cell[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
    input.removeAttribute("aria-describedby");
  }
}

// Arrow keys and Enter move between cells: up and down always, left and right from the ends of the text.
export function moveInCells(root) {
  root.addEventListener("keydown", (event) => {
    const input = event.target;
    if (!input.matches?.("input.cell") || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const atStart = input.selectionStart === 0 && input.selectionEnd === 0;
    const atEnd = input.selectionStart === input.value.length && input.selectionEnd === input.value.length;
    const next = { ArrowUp: () => vertical(input, -1), ArrowDown: () => vertical(input, 1), Enter: () => vertical(input,
      1) ?? horizontal(input, 1),
      ArrowLeft: () => (atStart ? horizontal(input, -1) : null), ArrowRight: () => (atEnd ? horizontal(input, 1)
        : null) }[event.key]?.();
    if (!next) return;
    event.preventDefault();
    next.focus();
    next.select();
  });
}

function vertical(input, step) {
  const rows = [...input.closest("table").querySelectorAll("tr")];
  const column = input.closest("td").cellIndex;
  for (let i = rows.indexOf(input.closest("tr")) + step; rows[i]; i += step) {
    const found = rows[i].cells[column]?.querySelector("input.cell");
    if (found) return found;
  }
  return null;
}

function horizontal(input, step) {
  const all = [...input.closest("table").querySelectorAll("input.cell")];
  return all[all.indexOf(input) + step] ?? null;
}

// Rows of cells of pasted text ("1/2 0; 0 1", tabs, lines, commas), or null where it is one cell.
export function pastedRows(text) {
  const rows = text.trim().split(/\s*[;\r\n]+\s*/).map((row) => row.split(/\t|,|\s+/).filter((cell) => cell !== ""));
  return rows.length > 1 || rows[0].length > 1 ? rows : null;
}

// Puts pasted rows into the cells from one on, to the right and down; what does not fit is left out.
export function fillFrom(input, rows) {
  let start = input;
  for (const row of rows) {
    let at = start;
    for (const value of row) {
      if (!at) break;
      at.value = value;
      at = inRow(at);
    }
    start = vertical(start, 1);
    if (!start) break;
  }
}

function inRow(input) {
  const all = [...input.closest("tr").querySelectorAll("input.cell")];
  return all[all.indexOf(input) + 1] ?? null;
}
