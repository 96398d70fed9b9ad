// What the address says of the runs page, and the rows of the table that this is.

export const MOST_SELECTED = 6;
export const STATUSES = ["running", "done", "interrupted", "failed"];

// The columns of the table: [key, heading, text of a row's cell, whether it is a number].
export const COLUMNS = [
  ["name", "run", (run) => run.name, false],
  ["status", "status", (run) => run.status, false],
  ["scheme", "scheme", (run) => run.scheme ?? "", false],
  ["depth", "depth", (run) => run.depth ?? "", true],
  ["epochs", "epochs", (run) => (run.of ? `${run.epochs} of ${run.of}` : String(run.epochs)), true],
  ["test_error", "test error %", (run) => fixed(run.test_error, 2), true],
  ["train_loss", "loss", (run) => fixed(run.train_loss, 4), true],
  ["seconds", "seconds", (run) => fixed(run.seconds, 1), true],
  ["parameters", "parameters", (run) => run.parameters?.toLocaleString("en") ?? "", true],
  ["seed", "seed", (run) => String(run.seed ?? ""), true],
  ["data", "data", (run) => run.data ?? "", false],
  ["created", "begun (UTC)", (run) => run.created.slice(0, 16).replace("T", " "), false],
];

function fixed(number, digits) {
  return typeof number === "number" ? number.toFixed(digits) : "";
}

// {by, down, filter, status, selected: [id…], open: id | ""} of a state; what is none is as usual.
export function runsView(state) {
  const given = state.runs ?? {};
  const sort = String(given.sort ?? "-created");
  const by = sort.replace(/^-/, "");
  const known = COLUMNS.some(([key]) => key === by);
  const selected = String(given.selected ?? "").split(",").filter(Boolean).slice(0, MOST_SELECTED);
  return {
    by: known ? by : "created",
    down: known ? sort.startsWith("-") : true,
    filter: String(given.filter ?? ""),
    status: STATUSES.includes(given.status) ? given.status : "",
    selected,
    open: String(given.open ?? selected[0] ?? ""),
  };
}

// Changes what the address says of the runs; "" and null take a name away.
export function changeRuns(store, patch) {
  const next = { ...store.state.runs, ...patch };
  for (const [name, value] of Object.entries(next)) if (value === "" || value === null) delete next[name];
  store.change({ runs: next });
}

// The ids whose curves are drawn: those selected, and the one that is open.
export function drawnIds(view) {
  return [...new Set([...view.selected, view.open].filter(Boolean))].slice(0, MOST_SELECTED);
}

// Opens a run: it is shown, and its curves with those selected.
export function openRun(store, id) {
  const { selected } = runsView(store.state);
  const kept = selected.includes(id) ? selected : [...selected.slice(0, MOST_SELECTED - 1), id];
  changeRuns(store, { open: id, selected: kept.join(",") });
}

// The id of the run begun last.
export function newestRun(runs) {
  return [...runs].sort((a, b) => compared(a.created, b.created, -1) || compared(a.id, b.id, -1))[0].id;
}

// The rows that fit the filter, in the order asked; a row without a value comes last.
export function sortedRuns(runs, view) {
  const words = view.filter.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (run) => {
    const text = [run.id, run.name, run.scheme, run.data, run.status, run.depth].join(" ").toLowerCase();
    return words.every((word) => text.includes(word)) && (!view.status || run.status === view.status);
  };
  const sign = view.down ? -1 : 1;
  return runs.filter(fits).sort((a, b) => compared(a[view.by], b[view.by], sign) || compared(a.id, b.id, -1));
}

function compared(a, b, sign) {
  const [none, nothing] = [a, b].map((value) => value === null || value === undefined || value === "");
  if (none || nothing) return none - nothing;
  if (typeof a === "number" && typeof b === "number") return sign * (a - b);
  return sign * String(a).localeCompare(String(b), "en", { numeric: true });
}
