// The run records as the page knows them: asked for again while the page of the runs is in sight, only for what is new.

import { get, inSnapshot } from "./asking.js";

const [QUICK, SLOW] = [1000, 2000]; // ms between two questions: while a run is in progress, and otherwise
const listeners = new Set();
const records = { runs: null, started: { state: "none" }, details: new Map(), trouble: "" };
const asking = { stamp: "", wanted: [], inSight: false, timer: 0, busy: false, again: false };

// {runs: [row…] | null, started, details: Map(id -> run), trouble: sentence}, as they are now.
export function runRecords() {
  return records;
}

// Calls listener(records) after each change; gives a function that ends it.
export function followRuns(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// Which runs are wanted with all that is known of them, and whether the page of the runs is open.
export function wantRuns(ids, inSight) {
  const news = inSight !== asking.inSight || ids.some((id) => !records.details.has(id));
  Object.assign(asking, { wanted: ids, inSight });
  if (news) askRuns();
}

// Asks at once: something has just been started or stopped.
export function askRuns() {
  clearTimeout(asking.timer);
  if (!asking.inSight || document.hidden || inSnapshot()) return;
  if (asking.busy) asking.again = true;
  else round();
}

async function round() {
  asking.busy = true;
  asking.again = false;
  const before = records.trouble;
  let changed = false;
  try {
    changed = (await askList()) || changed;
    changed = (await askStarted()) || changed;
    for (const id of asking.wanted) changed = (await askDetail(id)) || changed;
    records.trouble = "";
  } catch (trouble) {
    if (!trouble?.sentence) console.error(trouble);
    records.trouble = trouble?.sentence ?? "The run records could not be read.";
  }
  asking.busy = false;
  if (changed || records.trouble !== before) listeners.forEach((listener) => listener(records));
  if (asking.again) return round();
  clearTimeout(asking.timer);
  asking.timer = setTimeout(askRuns, inProgress() ? QUICK : SLOW);
}

function inProgress() {
  const waiting = asking.wanted.some((id) => records.details.get(id)?.about === null);
  const started = ["running", "stopping"].includes(records.started.state);
  return waiting || started || (records.runs ?? []).some((run) => run.status === "running");
}

async function askList() {
  const { runs, stamp } = await get(`/runs.json?after=${asking.stamp}`);
  if (!runs) return false;
  asking.stamp = stamp;
  records.runs = runs;
  return true;
}

async function askStarted() {
  const started = await get("/runs/started.json");
  const changed = JSON.stringify(started) !== JSON.stringify(records.started);
  records.started = started;
  return changed;
}

async function askDetail(id) {
  const row = (records.runs ?? []).find((run) => run.id === id);
  if (!row) return records.details.delete(id);
  const known = records.details.get(id);
  const whole = !known || known.about === null || row.epochs < known.last;
  if (!whole && row.epochs === known.last && row.status === known.status) return false;
  const found = await get(`/runs/${encodeURIComponent(id)}.json?after=${whole ? -1 : known.last}`);
  const next = whole ? found : merged(known, found);
  if (known && JSON.stringify(next) === JSON.stringify(known)) return false;
  records.details.set(id, next);
  return true;
}

// A run that was known, with its further epochs.
function merged(known, more) {
  const curves = { ...known.curves };
  for (const [key, points] of Object.entries(more.curves)) curves[key] = [...(curves[key] ?? []), ...points];
  const learned = { ...more.learned };
  for (const [name, table] of Object.entries(known.learned)) learned[name] = longer(table, more.learned[name] ?? {});
  return { ...more, curves, learned };
}

function longer(table, more) {
  const both = (other) => ([key, list]) => [key, [...list, ...(other?.[key] ?? [])]];
  const joined = (one, other) => Object.fromEntries(Object.entries(one).map(both(other)));
  const theory = table.theory && { theory: joined(table.theory, more.theory) };
  return { ...table, ...joined({ epochs: table.epochs, values: table.values }, more), ...theory };
}

document.addEventListener("visibilitychange", askRuns);
