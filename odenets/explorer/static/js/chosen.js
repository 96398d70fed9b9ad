// Choosing an entry of the catalogue: search, filters, and what is chosen.

import { askCatalogue, inSnapshot } from "./asking.js";
import { card, notice } from "./cards.js";
import { entryFacts, searchBox } from "./choosing.js";
import { button, freshId, make, replace } from "./dom.js";
import { structureFields, usualText } from "./structure.js";
import { activeDesign, designTitle, withActive } from "./store.js";
import { trainButton } from "./training.js";

const NO_SERVER = "This snapshot holds only what was shown: start `odenets explore` to choose another scheme.";
const KINDS = ["explicit", "learned", "stochastic"];

// The panel that chooses the active design.
export function choosingPanel(store) {
  const { element, body, hold } = card({ name: "choosing", title: "Scheme" });
  const box = searchBox({ label: "Search the catalogue", choose: take, main: true });
  const filters = filterFields((wanted) => box.filter(wanted));
  const name = make("p", { class: "chosen-name" });
  const says = make("p", { class: "chosen-says" });
  const structure = structureFields((values) => take({ ...activeDesign(store.state), structure: values }));
  const act = button("See it act", () => store.change({ page: "act" }));
  body.append(make("div", { class: "chosen" }, name, says), structure.element, box.element, filters.element,
    make("div", { class: "chosen-tools" }, act, trainButton(store)));
  if (inSnapshot()) body.replaceChildren(body.firstChild, notice(NO_SERVER));
  let entries = [];

  function take(design) {
    store.change({ ...withActive(store.state, design), plane: null });
  }

  hold(askCatalogue(), (catalogue) => {
    entries = catalogue.entries;
    filters.show(entries);
    update(store.state);
  });

  function update(state) {
    const design = activeDesign(state);
    const entry = entries.find((other) => other.name === design.entry);
    replace(name, designTitle(design));
    replace(says, entry ? [factsOf(entry, design), make("span", {}, entry.summary ?? "")] : typed(design));
    structure.update(entry, design.structure ?? {});
  }

  return { element, update };
}

// The catalogue's order and stages hold for an entry's usual structure only: gauss(3) has neither of gauss(2).
function factsOf(entry, design) {
  const usual = ([name, text]) => text === usualText(entry.structure?.[name]);
  return Object.entries(design.structure ?? {}).every(usual) ? entryFacts(entry) : "";
}

function typed(design) {
  if (design.entry) return "\u00a0";
  const ways = { table: "typed as a table", formula: "typed as a formula", text: "typed as text" };
  return ways[Object.keys(ways).find((way) => way in design)] ?? "";
}

// Filters in a fold: kind, least order, most stages, and three properties; changed(filters) on each change.
function filterFields(changed) {
  const fields = { kind: select("any"), order: select("any"), stages: select("any") };
  const boxes = Object.fromEntries(KINDS.map((name) => [name, make("input", { type: "checkbox" })]));
  const labels = { kind: "kind", order: "order at least", stages: "stages at most" };
  const said = make("span", { class: "muted" });
  const element = make("details", { class: "filters" }, make("summary", {}, "Filter ", said),
    Object.entries(fields).map(([name, field]) => labelled(labels[name], field)),
    make("div", { class: "filter-boxes" }, Object.entries(boxes).map(([name, field]) => make("label", {}, field,
      name))));
  element.addEventListener("change", tell);

  function tell() {
    const wanted = { kind: fields.kind.value, order: Number(fields.order.value), stages: Number(fields.stages.value) };
    for (const [name, field] of Object.entries(boxes)) wanted[name] = field.checked;
    const words = [wanted.kind, wanted.order && `order ≥ ${wanted.order}`, wanted.stages && `stages ≤ ${wanted.stages}`,
      ...KINDS.filter((n) => wanted[n])];
    replace(said, words.filter(Boolean).join(", ").replaceAll("_", " "));
    changed(wanted);
  }

  function show(entries) {
    const options = (values, field) => replace(field, make("option", { value: "" }, "any"), values.map((value) =>
      make("option", { value }, String(value).replaceAll("_", " "))));
    const distinct = (name) => [...new Set(entries.map((entry) => entry[name]).filter((value) => value !== null
      && value !== undefined))];
    options(distinct("kind").sort(), fields.kind);
    options(distinct("order").sort((a, b) => a - b).filter((order) => order > 0), fields.order);
    options(distinct("stages").sort((a, b) => a - b), fields.stages);
  }

  return { element, show };
}

function select(first) {
  return make("select", {}, make("option", { value: "" }, first));
}

function labelled(text, field) {
  const id = freshId("filter");
  field.id = id;
  return make("div", { class: "field" }, make("label", { for: id }, text), field);
}
