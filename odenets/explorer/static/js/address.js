// The address keeps the whole state: #entry=lm2&k=-1/2&page=act … ; a typed design as JSON, everything else readable.

import { askCatalogue } from "./asking.js";
import { MOST_DESIGNS, PAGES, START } from "./store.js";

const LONGEST = 60_000; // characters of an address
const PAUSE = 200; // ms between two changes of the address
const KINDS = ["entry", "table", "text", "formula"];
const PLAIN = ["page", "active", "order", "plane", "star", "theme"];
const RESERVED = new Set([...KINDS, ...PLAIN, "name", "act", "runs"]);
const GROUPS = ["act", "runs"];

// ---- writing

// The fragment of a state, without "#". What is as at the start is left out.
export function addressOf(state) {
  const pairs = state.designs.flatMap(designPairs);
  for (const name of PLAIN) {
    if (state[name] !== START[name]) pairs.push([name, name === "plane" ? planeText(state.plane) : said(state[name])]);
  }
  for (const group of GROUPS) {
    for (const [name, value] of Object.entries(state[group] ?? {})) pairs.push([`${group}.${name}`, said(value)]);
  }
  return pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`).join("&");
}

function designPairs(design) {
  const kind = KINDS.find((name) => name in design);
  const pairs = [[kind, kind === "table" ? JSON.stringify(design.table) : design[kind]]];
  if (design.name) pairs.push(["name", design.name]);
  for (const [name, text] of Object.entries(design.values ?? {})) pairs.push([RESERVED.has(name) || name.includes(".")
    ? `value.${name}` : name, text]);
  for (const [name, text] of Object.entries(design.structure ?? {})) pairs.push([`structure.${name}`, text]);
  return pairs;
}

const planeText = (plane) => (plane ? [plane.x, plane.y, plane.width].map((number) =>
  Number(number.toPrecision(6))).join(",") : "");

// A text stays itself unless it would be read as other JSON.
function said(value) {
  return typeof value === "string" && parsed(value) === value ? value : JSON.stringify(value);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

// Percent encoding that leaves what a fragment may hold (RFC 3986, section 3.5), but for & and =, which separate.
function escaped(text) {
  return encodeURIComponent(text).replace(/%(2F|3A|2C|3B|40|24|3F|2B)/g, decodeURIComponent);
}

// ---- reading

// {state, sentence} of an address; the sentence says what of it could not be read, the state is then the start.
export function stateOfAddress(hash) {
  const text = hash.replace(/^#/, "");
  if (!text || text === "main") return { state: {}, sentence: "" };
  try {
    if (text.length > LONGEST) throw new Error(`it is longer than ${LONGEST} characters`);
    return { state: readState(text.split("&").filter(Boolean).map(pairOf)), sentence: "" };
  } catch (trouble) {
    return unread(trouble.message);
  }
}

// {state, sentence} as found, or the start where it names an entry that the catalogue has not.
export async function verified(found) {
  const wanted = (found.state.designs ?? []).map((design) => design.entry).filter(Boolean);
  if (wanted.every((name) => name === START.designs[0].entry)) return found;
  const { entries } = await askCatalogue().catch(() => ({ entries: [] }));
  const unknown = entries.length ? wanted.find((name) => !entries.some((entry) => entry.name === name)) : undefined;
  return unknown === undefined ? found : unread(`the catalogue has no scheme “${unknown}”`);
}

const unread = (reason) => ({ state: {},
  sentence: `The address could not be read: ${reason}. The page shows its first scheme.` });

function pairOf(part) {
  const at = part.indexOf("=");
  if (at < 1) throw new Error(`“${part.slice(0, 40)}” is no pair name=value`);
  try {
    return [decodeURIComponent(part.slice(0, at)), decodeURIComponent(part.slice(at + 1))];
  } catch {
    throw new Error(`“${part.slice(0, 40)}” has a broken % sign`);
  }
}

function readState(pairs) {
  const state = { designs: [] };
  for (const [name, value] of pairs) {
    const [group, rest] = name.includes(".") ? [name.slice(0, name.indexOf(".")), name.slice(name.indexOf(".") + 1)]
      : ["", ""];
    if (KINDS.includes(name)) state.designs.push({ [name]: name === "table" ? tableOf(value) : value });
    else if (PLAIN.includes(name)) state[name] = CHECKS[name](value);
    else if (GROUPS.includes(group)) state[group] = { ...state[group], [rest]: parsed(value) };
    else addToDesign(state.designs.at(-1), name, group, rest, value);
  }
  if (state.designs.length > MOST_DESIGNS) throw new Error(`it has more than ${MOST_DESIGNS} schemes`);
  if (!state.designs.length) delete state.designs;
  const count = state.designs?.length ?? 1;
  if ((state.active ?? 0) >= count) throw new Error(`active=${state.active}, it counts the ${count} schemes from 0`);
  return state;
}

function addToDesign(design, name, group, rest, value) {
  if (!design) throw new Error(`“${name}” stands before any scheme`);
  if (name === "name") design.name = value;
  else if (group === "structure") design.structure = { ...design.structure, [rest]: value };
  else if (group === "value" || !group) design.values = { ...design.values, [group ? rest : name]: value };
  else throw new Error(`“${name}” is no part of a state`);
}

function tableOf(value) {
  const table = parsed(value);
  if (!table || typeof table !== "object" || Array.isArray(table)) throw new Error("its table is no JSON object");
  return table;
}

const oneOf = (name, allowed) => (value) => {
  if (!allowed.includes(value)) throw new Error(`${name}=${value}, it is one of ${allowed.filter(Boolean).join(", ")}`);
  return value;
};

const whole = (name, most) => (value) => {
  if (!/^\d+$/.test(value)
    || Number(value) > most) throw new Error(`${name}=${value}, it is a whole number up to ${most}`);
  return Number(value);
};

const CHECKS = {
  page: oneOf("page", PAGES),
  theme: oneOf("theme", ["", "light", "dark"]),
  active: whole("active", MOST_DESIGNS - 1),
  order: whole("order", 8),
  star: (value) => oneOf("star", ["true", "false"])(value) === "true",
  plane(value) {
    const [x, y, width, ...more] = value.split(",").map(Number);
    if (more.length || ![x, y, width].every(Number.isFinite)
      || width <= 0) throw new Error("plane is x,y,width with a positive width");
    return { x, y, width };
  },
};

// ---- keeping

// Writes the state into the address at most five times a second, and takes what back, forward or a paste bring.
// A new page or scheme is a step of the history; a moved slider is not.
export function keepAddress(store, tell, sentence) {
  let written = location.hash.replace(/^#/, "");
  let step = stepOf(store.state);
  let timer = 0;
  let at = 0;
  let broken = sentence && addressOf(store.state); // what stands in the place of a broken address, so long as it stands
  tell(sentence);

  function write() {
    timer = 0;
    at = Date.now();
    const next = addressOf(store.state);
    if (next === written) return;
    written = next;
    const now = stepOf(store.state);
    const way = now === step ? "replaceState" : "pushState";
    step = now;
    try {
      history[way](null, "", `#${next}`);
    } catch {
      // A page from a file may be refused its history; it works without.
    }
    if (next !== broken) tell("");
  }

  async function read() {
    const text = location.hash.replace(/^#/, "");
    if (text === written || text === "main") return;
    written = text;
    const found = await verified(stateOfAddress(text));
    step = stepOf({ ...START, ...found.state });
    store.change({ ...START, theme: store.state.theme, ...found.state });
    broken = found.sentence && addressOf(store.state);
    tell(found.sentence);
  }

  store.subscribe(() => {
    timer ||= setTimeout(write, Math.max(0, at + PAUSE - Date.now()));
  });
  window.addEventListener("popstate", read);
  window.addEventListener("hashchange", read);
}

function stepOf({ page, designs, active }) {
  return JSON.stringify([page, active, designs.map((design) => design.entry ?? (design.table ? "typed" : "text"))]);
}
