// Questions to the server: one in flight a lane, answers kept, refusals as one sentence.

const MOST_KEPT = 300;
// Views that take milliseconds: what is asked in one frame of one design travels in one request.
const CHEAP = new Set(["formula", "tableau", "parameters", "polynomial", "roots", "wiring", "source"]);
const PATIENCE = 1000; // ms that an overtaken question may still take
const MISSING = "This snapshot holds only what was shown: start `odenets explore` to ask for more.";
const UNREACHED = "The server does not answer: see whether `odenets explore` still runs.";

const recorded = read("snapshot-answers");
const kept = new Map();
const shown = new Map();
const lanes = new Map();
const batches = new Map();
let catalogue = null;

// A question that was refused: {sentence, cell: {table, row, column} | null, at: {line, column} | null}.
class Refusal extends Error {
  constructor(error) {
    super(error?.sentence ?? UNREACHED);
    this.name = "Refusal";
    this.sentence = this.message;
    this.cell = error?.cell ?? null;
    this.at = error?.at ?? null;
  }
}

function read(id) {
  const element = document.getElementById(id);
  return element ? JSON.parse(element.textContent) : null;
}

// Whether this page is a snapshot without a server.
export function inSnapshot() {
  return recorded !== null;
}

// The state that a snapshot was made of, or null.
export function snapshotState() {
  return read("snapshot-state");
}

// The key of a question: the view and its design and options with sorted names.
function keyOf(view, design, options = {}) {
  return `${view} ${canonical([design, options])}`;
}

function canonical(value) {
  const sorted = (_, item) => (item && typeof item === "object" && !Array.isArray(item)
    ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item);
  return JSON.stringify(value, sorted);
}

// The answers that the page shows now: the last one of each lane, by key; for a snapshot.
export function shownAnswers() {
  return Object.fromEntries([...shown.values()].filter((key) => kept.has(key)).map((key) => [key, kept.get(key)]));
}

// Keeps an answer under its key as if it had been asked in a lane.
function remember(key, answer, lane = key) {
  kept.delete(key);
  kept.set(key, answer);
  shown.delete(lane);
  shown.set(lane, key);
  if (shown.size > MOST_KEPT) shown.delete(shown.keys().next().value);
  if (kept.size > MOST_KEPT) kept.delete(kept.keys().next().value);
  return answer;
}

// A view of a design. In a lane one question is in flight; of those that wait the newest wins, the others resolve to
// null.
// One in flight is let finish while only values move (a slider's drag is seen), but not for long; another design ends
// it.
export function ask(view, design, options = {}, lane = view) {
  const key = keyOf(view, design, options);
  const row = lanes.get(lane) ?? { flight: null, waiting: null };
  lanes.set(lane, row);
  row.waiting?.resolve(null);
  row.waiting = null;
  if (recorded) return key in recorded ? Promise.resolve(recorded[key])
    : Promise.reject(new Refusal({ sentence: MISSING }));
  if (kept.has(key)) {
    endFlight(row);
    return Promise.resolve(remember(key, kept.get(key), lane));
  }
  return new Promise((resolve, reject) => {
    const question = { view, design, options, key, lane, resolve, reject };
    if (row.flight && !sameTable(row.flight.design, design)) endFlight(row);
    if (row.flight) wait(row, question);
    else send(row, question);
  });
}

function wait(row, question) {
  const { flight } = row;
  row.waiting = question;
  setTimeout(() => {
    if (row.flight !== flight || row.waiting !== question) return;
    row.waiting = null;
    endFlight(row);
    send(row, question);
  }, PATIENCE);
}

// Whether two designs are one scheme but for the values of its parameters.
export function sameTable(one, other) {
  return canonical({ ...one, values: 0 }) === canonical({ ...other, values: 0 });
}

function endFlight(row) {
  const flight = row.flight;
  row.flight = null;
  flight?.resolve(null);
  flight?.abort();
}

function send(row, question) {
  const { view, design, options } = question;
  row.flight = question;
  const { answer, abort } = CHEAP.has(view) ? batched(view, design, options) : single(view, design, options);
  question.abort = abort;
  const landed = (settle) => (value) => {
    if (row.flight !== question) return;
    row.flight = null;
    settle(value);
    const next = row.waiting;
    row.waiting = null;
    if (next) send(row, next);
  };
  answer.then(landed((value) => question.resolve(remember(question.key, value, question.lane))),
    landed(question.reject));
}

// A view on its own, two turns later: what is cheap goes first. Through /views, whose refusals are answers with status
// 200,
// so that a scheme which has no such view is not a failed request in the browser's console.
function single(view, design, options) {
  const control = new AbortController();
  const asked = Promise.resolve().then(() => {}).then(() => post("/views", { design, views: { [view]: options } },
    control.signal));
  return { answer: asked.then((answers) => valid(answers[view])), abort: () => control.abort() };
}

// Questions of one design asked in one turn of the page, in one request; it ends when all of them are ended.
function batched(view, design, options) {
  const key = canonical(design);
  const open = batches.get(key);
  const batch = open && !(view in open.views) ? open : openBatch(key, design);
  batch.views[view] = options;
  batch.wanted += 1;
  const abort = () => {
    batch.wanted -= 1;
    if (batch.wanted === 0) batch.control.abort();
  };
  return { answer: batch.answers.then((answers) => valid(answers[view])), abort };
}

function openBatch(key, design) {
  const batch = { views: {}, wanted: 0, control: new AbortController() };
  batches.set(key, batch);
  batch.answers = Promise.resolve().then(() => {
    if (batches.get(key) === batch) batches.delete(key);
    return post("/views", { design, views: batch.views }, batch.control.signal);
  });
  return batch;
}

function valid(answer) {
  if (!answer || answer.error) throw new Refusal(answer?.error);
  return answer;
}

// Cheap views of a design in one request: {view: answer or Refusal}; a design that is wrong as a whole rejects.
export async function askMany(design, views) {
  if (recorded) {
    const found = Object.entries(views).map(([view, options]) => [view, recorded[keyOf(view, design, options)]]);
    return Object.fromEntries(found.map(([view, answer]) => [view, answer ?? new Refusal({ sentence: MISSING })]));
  }
  const answers = await post("/views", { design, views });
  const results = Object.entries(answers).map(([view, answer]) => {
    if (answer.error) return [view, new Refusal(answer.error)];
    kept.set(keyOf(view, design, views[view]), answer);
    return [view, answer];
  });
  return Object.fromEntries(results);
}

// The catalogue of the library; in a snapshot what was recorded of it.
export function askCatalogue() {
  if (recorded) return Promise.resolve(recorded.catalogue ?? { entries: [], views: [], problems: [], bounds: {},
    facts: [] });
  catalogue ??= get("/catalogue.json").catch((trouble) => {
    catalogue = null;
    throw trouble;
  });
  return catalogue;
}

// JSON of a path of our server.
export function get(path, signal) {
  return fetched(path, { signal });
}

// The JSON answer to JSON; a busy server (503) is asked three times.
export function post(path, body, signal) {
  return fetched(path, requestOf(body, signal));
}

// The text of the answer to JSON.
export function posted(path, body) {
  return fetched(path, requestOf(body), (response) => response.text());
}

function requestOf(body, signal) {
  return { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), signal };
}

async function fetched(path, request, read = (response) => response.json(), tries = 3) {
  if (recorded) throw new Refusal({ sentence: MISSING });
  const response = await fetch(path, { credentials: "same-origin", ...request }).catch((trouble) => {
    throw trouble.name === "AbortError" ? trouble : new Refusal(null);
  });
  if (response.ok) return read(response);
  if (response.status === 503 && tries > 1) {
    await new Promise((resume) => setTimeout(resume, 400));
    return fetched(path, request, read, tries - 1);
  }
  const { error } = await response.json().catch(() => ({}));
  throw new Refusal(error ?? { sentence: `The server answered with status ${response.status}.` });
}
