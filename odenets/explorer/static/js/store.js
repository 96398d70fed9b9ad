// The page's state: plain frozen data, changed only through `change`, told to subscribers once a frame.

// The state of a page that was opened without an address.
export const START = frozen({
  page: "design",
  designs: [{ entry: "lm2" }],
  active: 0,
  order: 4,
  plane: null,
  star: false,
  act: {},
  runs: {},
  theme: "",
});

export const PAGES = ["design", "compare", "act", "runs"];
export const MOST_DESIGNS = 6;

// A deep frozen value of plain data.
function frozen(value) {
  if (value && typeof value === "object" && !Object.isFrozen(value)) {
    Object.values(value).forEach(frozen);
    Object.freeze(value);
  }
  return value;
}

// A store: {state, change(patch), subscribe(listener)}; a listener gets (state, previous) at most once a frame.
export function makeStore(start = START) {
  let state = frozen({ ...START, ...start });
  let told = null;
  let waiting = false;
  const listeners = new Set();

  function tell() {
    if (!waiting) return;
    waiting = false;
    const previous = told;
    told = state;
    listeners.forEach((listener) => listener(state, previous));
  }

  function change(patch) {
    const next = { ...state, ...patch };
    if (Object.keys(next).every((key) => next[key] === state[key])) return;
    state = frozen(next);
    if (waiting) return;
    waiting = true;
    // A page in the background gets no frames: the timer tells it all the same.
    requestAnimationFrame(tell);
    setTimeout(tell, 100);
  }

  function subscribe(listener) {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }

  return { get state() { return state; }, change, subscribe };
}

// The design that the page shows.
export function activeDesign(state) {
  return state.designs[state.active];
}

// The patch that puts a design in the place of the active one.
export function withActive(state, design) {
  return { designs: state.designs.map((other, i) => (i === state.active ? design : other)) };
}

// The patch that gives a parameter of the active design a value (exact text), or frees it (null).
export function withValue(state, name, text) {
  const design = activeDesign(state);
  const values = { ...design.values };
  if (text === null) delete values[name];
  else values[name] = text;
  const rest = { ...design };
  delete rest.values;
  return withActive(state, Object.keys(values).length ? { ...rest, values } : rest);
}

// The name under which a design is spoken of: "lm2 (k = -1/2)".
export function designTitle(design) {
  const values = Object.entries(design.values ?? {}).map(([name, text]) => `${name} = ${text}`);
  const name = design.name ?? design.entry ?? design.table?.name ?? "typed scheme";
  return values.length ? `${name} (${values.join(", ")})` : name;
}
