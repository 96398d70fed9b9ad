// The forms in which a scheme is typed: what a draft of each holds, its tables, and the design it makes.

import { rational, rationalText } from "./exact.js";
import { resized } from "./cells.js";

const FIRST = {
  tableau: { name: "mine", stages: 2, full: false, second: false, A: [["0", "0"], ["1/2", "0"]], b: [["0", "1"]],
    embedded: [["1", "0"]] },
  multistep: { name: "mine", steps: 2, alpha: [["0", "-1", "1"]], beta: [["-1/2", "3/2", "0"]] },
  general: {
    name: "mine", stages: 1, size: 2, A: [["0"]], U: [["1", "0"]], B: [["1"], ["0"]], V: [["1-k", "k"], ["1", "0"]],
    states: "u[n] u[n-1]", fields: "f",
  },
  formula: { text: "u[n+1] = (1-k)*u[n] + k*u[n-1] + h*f(u[n])" },
  text: { text: "0 |\n1/2 | 1/2\n | 0 1" },
};

export const TITLES = { tableau: "Tableau", multistep: "α β", general: "A U B V", formula: "Formula", text: "Text" };
export const EXAMPLES = {
  formula: {
    "Euler": "u[n+1] = u[n] + h*f(u[n])",
    "two-step with k": "u[n+1] = (1-k)*u[n] + k*u[n-1] + h*f(u[n])",
    "leapfrog": "u[n+1] = u[n-1] + 2*h*f(u[n])",
    "Adams–Bashforth 2": "u[n+1] = u[n] + 3/2*h*f(u[n]) - 1/2*h*f(u[n-1])",
  },
  text: {
    "midpoint": "0 |\n1/2 | 1/2\n | 0 1",
    "Heun with an embedded row": "0 |\n1 | 1\n | 1/2 1/2\n | 1 0",
  },
};

// The draft with which a form begins.
export function firstDraft(form) {
  return structuredClone(FIRST[form]);
}

// The sizes a form can grow and shrink: [{key, label, least, most}]; bounds as in /catalogue.json.
export function sizesOf(form, bounds) {
  const most = (name, usual) => bounds[name]?.most ?? bounds[name] ?? usual;
  const stages = { key: "stages", label: "stages", least: 1, most: most("stages", 36) };
  if (form === "tableau") return [stages];
  if (form === "multistep") return [{ key: "steps", label: "steps", least: 1, most: most("states", 12) }];
  if (form === "general") return [stages, { key: "size", label: "states", least: 1, most: most("states", 12) }];
  return [];
}

// A draft whose tables have the sizes it says.
export function fitted(form, draft) {
  if (form === "tableau") {
    const { stages: s } = draft;
    return { ...draft, A: resized(draft.A, s, s), b: resized(draft.b, 1, s), embedded: resized(draft.embedded ?? [], 1,
      s) };
  }
  if (form === "multistep") return { ...draft, alpha: resized(draft.alpha, 1, draft.steps + 1),
    beta: resized(draft.beta, 1, draft.steps + 1) };
  if (form !== "general") return draft;
  const { stages: s, size: r } = draft;
  const tables = { A: resized(draft.A, s, s), U: resized(draft.U, s, r), B: resized(draft.B, r, s), V: resized(draft.V,
    r, r) };
  return { ...draft, ...tables, states: namesOf(draft.states, r, (i) => (i ? `u[n-${i}]` : "u[n]")),
    fields: draft.fields || "f" };
}

function namesOf(text, count, usual) {
  const names = String(text ?? "").split(/\s+/).filter(Boolean).slice(0, count);
  for (let i = 0; names.length < count; i += 1) if (!names.includes(usual(i))) names.push(usual(i));
  return names.join(" ");
}

// The tables of a draft, as `cellTable` takes them.
export function tablesOf(form, draft) {
  return { tableau: tableauTables, multistep: multistepTables, general: generalTables }[form]?.(draft) ?? null;
}

const across = (table, row, values, shown = () => true) =>
  values.map((value, j) => (shown(j) ? { table, row, column: j + 1, value } : null));

function tableauTables({ A, b, embedded, full, second }) {
  const stages = A.map((row, i) => ({ label: nodeOf(row, full ? row.length : i), cells: across("A", i + 1, row, (j) =>
    full || j < i) }));
  const vector = (table, [row]) => across(table, 1, row).map((cell) => ({ ...cell,
    label: `${table}, entry ${cell.column}` }));
  const nexts = [{ label: "b", cells: vector("b", b) }, ...(second ? [{ label: "b̂", cells: vector("embedded",
    embedded) }] : [])];
  return [{ caption: "Butcher tableau: the nodes are the sums of the rows", bodies: [stages, nexts] }];
}

// The node of a row: its sum, or "c" where it has symbols.
export function nodeOf(row, count) {
  const numbers = row.slice(0, count).map(rational);
  if (numbers.includes(null)) return "c";
  const sum = numbers.reduce(([a, b], [c, d]) => [a * d + c * b, b * d], [0n, 1n]);
  return rationalText(rational(`${sum[0]}/${sum[1]}`));
}

function multistepTables({ alpha, beta, steps }) {
  const when = (j) => (j === steps ? "n+1" : j === steps - 1 ? "n" : `n−${steps - 1 - j}`);
  const cells = (table, [row]) => across(table, 1, row).map((cell, j) => ({ ...cell,
    label: `${table} at ${when(j)}` }));
  const head = alpha[0].map((_, j) => when(j));
  return [{ caption: "Coefficients: the sum of α u is h times the sum of β f", head,
    bodies: [[{ label: "α", cells: cells("alpha", alpha) }], [{ label: "β", cells: cells("beta", beta) }]] }];
}

function generalTables({ A, U, B, V, states, stages }) {
  const names = states.split(" ");
  const rows = (left, right, one, other, label) => one.map((row, i) => ({ label: label(i), cells: [...across(left,
    i + 1, row), ...across(right, i + 1, other[i])] }));
  return [{ caption: "A and U give the stages, B and V the next states", bar: stages, head: [...A.map((_, j) =>
    `hf${j + 1}`), ...names],
    bodies: [rows("A", "U", A, U, (i) => `Y${i + 1}`), rows("B", "V", B, V, (i) => `→${names[i]}`)] }];
}

// The design of a draft: what the server is sent.
export function designOf(form, draft) {
  if (form === "formula" || form === "text") return { [form]: draft.text };
  const about = { name: draft.name.trim() || "mine", tolerance: draft.tolerance ?? "0" };
  const cells = JSON.stringify([draft.A, draft.U, draft.B, draft.V, draft.b, draft.alpha, draft.beta]);
  const kept = Object.entries(draft.parameters ?? {}).filter(([name]) =>
    new RegExp(`(?<![A-Za-z_])${name}(?![A-Za-z_0-9])`).test(cells));
  if (kept.length) about.parameters = Object.fromEntries(kept);
  if (draft.start) about.start = draft.start;
  if (form === "tableau") {
    const A = draft.A.map((row, i) => (draft.full ? row : row.slice(0, i)));
    return { table: { ...about, runge_kutta: { A, b: draft.b[0], ...(draft.second ? { embedded: draft.embedded[0] }
      : {}) } } };
  }
  if (form === "multistep") return { table: { ...about, multistep: { alpha: draft.alpha[0], beta: draft.beta[0] } } };
  const { A, U, B, V } = draft;
  return { table: { ...about, general_linear: { A, U, B, V, states: draft.states.split(/\s+/),
    fields: draft.fields.split(/\s+/) } } };
}

// [form, draft] of a table as the library writes it (JSON of the view export), or null for a form that has no grid
// here.
export function draftOf(table) {
  const { name = "mine", parameters, tolerance, start } = table;
  const about = { name, ...(parameters && { parameters }), ...(tolerance && { tolerance }), ...(start && { start }) };
  if (table.runge_kutta) {
    const { A, b, embedded } = table.runge_kutta;
    const full = A.some((row, i) => row.slice(i).some((value) => value !== "0"));
    return ["tableau", fitted("tableau", { ...about, stages: A.length, full, second: Boolean(embedded), A, b: [b],
      embedded: [embedded ?? []] })];
  }
  if (table.multistep) {
    const { alpha, beta } = table.multistep;
    return ["multistep", { ...about, steps: alpha.length - 1, alpha: [alpha], beta: [beta] }];
  }
  if (!table.general_linear) return null;
  const { A, U, B, V, states, fields, embedded } = table.general_linear;
  if (embedded) return null;
  return ["general", { ...about, stages: A.length, size: V.length, A, U, B, V, states: states.join(" "),
    fields: (fields ?? ["f"]).join(" ") }];
}
