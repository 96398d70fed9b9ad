// The certificate: every fact that is computed of a scheme, in groups that arrive one by one.

import { ask, askCatalogue } from "./asking.js";
import { card } from "./cards.js";
import { freshId, make, replace } from "./dom.js";
import { formulaLines } from "./formula.js";
import { follower } from "./panels.js";
import { activeDesign } from "./store.js";

// The groups of facts in the order of a reader's questions, and their headings.
export const GROUPS = { order: "Order", error: "Error", stability: "Stability", geometry: "Geometry", cost: "Cost" };

// The card of the active design's certificate, with the limit of a random scheme at the end.
export function certificatePanel() {
  const panel = card({ name: "certificate", title: "Certificate" });
  const groups = Object.entries(GROUPS).map(([name, title]) => factGroup(name, title));
  const limit = limitGroup();
  replace(panel.body, make("div", { class: "groups" }, groups.map((group) => group.element), limit.element));
  askCatalogue().then(({ facts }) => groups.forEach((group) => group.expect(facts)), () => {});

  async function follow(design) {
    await null; // behind the cheap views, which leave together at the end of the turn
    for (const { name, element, draw } of groups) {
      const answer = ask("certificate", design, { group: name }, `certificate ${name}`);
      panel.hold(marking(answer, element), draw, name);
    }
    panel.hold(marking(limitOf(design), limit.element), limit.draw, "limit");
  }
  const pick = (state) => (state.page === "design" ? activeDesign(state) : null);
  return { element: panel.element, update: follower(pick, follow) };
}

// An answer whose refusal marks the group that it leaves old.
async function marking(answer, element) {
  try {
    const found = await answer;
    element.classList.remove("stale");
    return found;
  } catch (refusal) {
    element.classList.add("stale");
    throw refusal;
  }
}

function section(title, ...children) {
  const id = freshId("group");
  return make("section", { class: "group", "aria-labelledby": id }, make("h3", { id }, title), children);
}

// A group {name, element, expect(facts), draw(answer)}: one row a fact, which keeps its place whatever the answer.
function factGroup(name, title) {
  const list = make("dl", { class: "fact-list" });
  const rows = new Map();
  function row(fact, label) {
    if (!rows.has(fact)) {
      const term = make("dt", {}, label);
      const value = make("dd", { class: "unknown" }, "…");
      list.append(make("div", { "data-fact": fact }, term, value));
      rows.set(fact, value);
    }
    return rows.get(fact);
  }
  function draw({ facts }) {
    const answered = new Map(facts.map((fact) => [fact.name, fact]));
    facts.forEach((fact) => row(fact.name, fact.label));
    for (const [fact, value] of rows) say(value, answered.get(fact));
  }
  const expect = (facts) => facts.filter((fact) => fact.group === name).forEach((fact) => row(fact.name, fact.label));
  return { name, element: section(title, list), expect, draw };
}

// The phrase of a fact; without one the question does not arise for this scheme.
function say(value, fact) {
  value.className = !fact || fact.unknown ? "unknown" : "";
  value.title = fact ? "" : "does not arise for this scheme";
  value.textContent = fact?.says ?? "–";
}

// The limit of a design whose coefficients are random, {} of another.
async function limitOf(design) {
  const [found, declared] = await Promise.all([
    ask("stochastic", design),
    ask("parameters", design, {}, "certificate parameters"),
  ]);
  if (!found || !declared) return null;
  return declared.parameters.some(({ kind }) => kind === "random") ? found : {};
}

// The stochastic differential equation that a random scheme approaches, or why there is none; absent for the others.
function limitGroup() {
  const body = make("div", {});
  const element = section("Limit for small steps", body);
  element.hidden = true;
  function draw({ limit, says }) {
    element.hidden = !says;
    replace(body, limit ? formulaLines(limit) : null, make("p", { class: limit ? "" : "unknown" }, says ?? ""));
  }
  return { element, draw };
}
