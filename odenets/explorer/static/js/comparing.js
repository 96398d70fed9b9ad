// Up to six schemes side by side: their certificates as one table, the best of each row marked.

import { ask, askCatalogue } from "./asking.js";
import { bestOf } from "./best.js";
import { card } from "./cards.js";
import { GROUPS } from "./certificate.js";
import { searchBox } from "./choosing.js";
import { columnHeads } from "./columns.js";
import { button, hidden, make, replace } from "./dom.js";
import { follower } from "./panels.js";
import { MOST_DESIGNS, activeDesign, designTitle } from "./store.js";

const FULL = `A comparison holds ${MOST_DESIGNS} schemes: remove one to add another.`;

// The card of the comparison: a column a scheme, a row a fact.
export function comparingPanel(store) {
  const copying = button("", () => add(activeDesign(store.state)));
  const search = searchBox({ label: "Add a scheme", choose: add });
  const panel = card({ name: "comparing", title: "Compared", wide: true });
  const heads = columnHeads(store);
  const groups = Object.entries(GROUPS).map(([name, title]) => factRows(name, title));
  const bodies = groups.map((group) => group.element);
  const table = make("table", { class: "facts comparison" }, make("thead", {}, heads.element), bodies);
  panel.element.insertBefore(make("div", { class: "adding" }, search.element, copying), panel.body);
  replace(panel.body, table);
  askCatalogue().then(({ facts }) => groups.forEach((group) => group.expect(facts)), () => {});

  function add(design) {
    const { designs } = store.state;
    if (designs.length < MOST_DESIGNS) store.change({ designs: [...designs, design] });
    else panel.say(FULL);
  }

  function follow({ designs, active }, state) {
    heads.draw(state);
    replace(copying, `Add a copy of ${designTitle(designs[active])}`);
    copying.disabled = designs.length >= MOST_DESIGNS;
    panel.say("");
    for (const group of groups) {
      group.show(designs);
      designs.forEach((design, place) => {
        const lane = `compared ${place} ${group.name}`;
        const asked = ask("certificate", design, { group: group.name }, lane);
        panel.hold(asked, (answer) => group.take(design, answer), lane);
      });
    }
  }
  const pick = ({ page, designs, active }) => (page === "compare" ? { designs, active } : null);
  return { element: panel.element, update: follower(pick, follow) };
}

// The rows {name, element, expect(facts), show(designs), take(design, answer)} of one group of facts.
function factRows(name, title) {
  const element = make("tbody", {});
  const rows = new Map(); // fact's name -> {label, better}
  const answers = new Map(); // design as text -> Map(fact's name -> fact)
  let shown = [];

  function draw() {
    const columns = shown.map((design) => answers.get(JSON.stringify(design)));
    const head = make("th", { scope: "rowgroup", colspan: shown.length + 1 }, title);
    const facts = [...rows].map(([fact, row]) => factRow(row, columns, fact));
    replace(element, make("tr", { class: "group-row" }, head), facts);
  }

  return {
    name,
    element,
    expect(facts) {
      facts.filter((fact) => fact.group === name).forEach((fact) => rows.set(fact.name, fact));
      draw();
    },
    show(designs) {
      shown = designs;
      const wanted = new Set(designs.map((design) => JSON.stringify(design)));
      [...answers.keys()].filter((key) => !wanted.has(key)).forEach((key) => answers.delete(key));
      draw();
    },
    take(design, { facts }) {
      facts.filter((fact) => !rows.has(fact.name)).forEach((fact) => rows.set(fact.name, fact));
      answers.set(JSON.stringify(design), new Map(facts.map((fact) => [fact.name, fact])));
      draw();
    },
  };
}

function factRow({ label, better }, columns, name) {
  const found = columns.map((facts) => facts?.get(name));
  const best = bestOf(found.map((fact) => (fact?.infinite ? Infinity : fact?.size ?? null)), better);
  const cells = found.map((fact, place) => factCell(fact, columns[place] !== undefined, best.includes(place)));
  return make("tr", { "data-fact": name }, make("th", { scope: "row" }, label), cells);
}

// A cell: the answer, bold where it is best; muted where there is none, with the reason behind.
function factCell(fact, answered, isBest) {
  if (!answered) return make("td", { class: "unknown" }, "…");
  if (!fact) return make("td", { class: "unknown", title: "does not arise for this scheme" }, "–");
  if (fact.unknown) return make("td", { class: "unknown", title: fact.says }, "unknown", hidden(`: ${fact.says}`));
  if (!isBest) return make("td", {}, fact.cell);
  return make("td", { class: "best" }, make("strong", {}, fact.cell), hidden(" best"));
}
