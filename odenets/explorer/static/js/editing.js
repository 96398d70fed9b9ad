// Typing a scheme: five forms; what is right is shown at once, what is wrong is marked where it is.

import { ask, askCatalogue, askMany, inSnapshot, sameTable } from "./asking.js";
import { card, notice } from "./cards.js";
import { button, freshId, make, replace } from "./dom.js";
import { editForm } from "./editform.js";
import { TITLES, designOf, draftOf, firstDraft } from "./forms.js";
import { activeDesign, withActive } from "./store.js";
import { tabs } from "./tabs.js";

const QUIET = 120; // ms without a key before the server is asked
const VIEWS = { formula: {}, tableau: {}, parameters: {}, polynomial: {}, roots: {}, wiring: {} };
const NO_SERVER = "A snapshot reads no typed scheme: start `odenets explore` to type one.";

// The panel in which a scheme is typed.
export function editingPanel(store) {
  const { element, body, tools } = card({ name: "editing", title: "Type your own" });
  if (inSnapshot()) {
    body.append(notice(NO_SERVER));
    return { element, update: () => {} };
  }
  const drafts = Object.fromEntries(Object.keys(TITLES).map((form) => [form, firstDraft(form)]));
  const said = make("p", { class: "editing-says", id: freshId("editing"), role: "status" });
  const view = editForm({ describedBy: said.id, changed, pastedTableau: (text) => take({ text }) });
  const { list, show } = formTabs(view.element, (name) => open(name));
  const fold = foldButton(element);
  const checker = submitter(accept, refuse);
  let bounds = {};
  let form = "";
  let own = null;

  tools.append(button("Edit this scheme", () => take(activeDesign(store.state)), { class: "quiet" }), fold.button);
  body.append(list, view.element, make("div", { class: "editing-end" }, button("Show it", () => submit(),
    { class: "primary" }), said));
  open("tableau");
  askCatalogue().then((catalogue) => (bounds = catalogue.bounds), () => {});

  function open(name, draft = drafts[name]) {
    form = name;
    drafts[name] = draft;
    view.open(name, draft, bounds);
    replace(said);
    show(name);
  }

  function changed(draft, atOnce) {
    drafts[form] = draft;
    checker.later(atOnce ? 0 : QUIET, () => designOf(form, drafts[form]));
  }

  function submit() {
    checker.later(0, () => designOf(form, drafts[form]));
  }

  // Takes a design into its form; what has no grid here becomes text.
  async function take(design) {
    try {
      const [name, draft] = await draftFor(design);
      fold.open(true);
      open(name, draft);
      submit();
      view.focus();
    } catch (trouble) {
      refuse(trouble);
    }
  }

  // Values of parameters that the typed scheme still has stay with it.
  function accept(design, { parameters }) {
    view.unmark();
    replace(said);
    const names = new Set((parameters?.parameters ?? []).map((parameter) => parameter.name));
    const values = Object.entries(activeDesign(store.state).values ?? {}).filter(([name]) => names.has(name));
    own = values.length ? { ...design, values: Object.fromEntries(values) } : design;
    store.change(withActive(store.state, own));
  }

  function refuse(trouble) {
    if (!trouble.sentence) console.error(trouble);
    replace(said, trouble.sentence ?? "This could not be read.");
    view.mark(trouble);
  }

  // A typed design that came from elsewhere (an address, the comparison) is put into its form.
  function update(state) {
    const design = activeDesign(state);
    if (design.entry || sameTable(design, own)) return;
    own = design;
    const found = typedDraft(design);
    if (found) open(...found);
  }

  return { element, update };
}

function formTabs(panel, choose) {
  const tab = ([form, title]) => make("button", { type: "button", role: "tab", id: freshId("form"), "data-name": form,
    "aria-controls": panel.id }, title);
  const list = make("div", { role: "tablist", class: "tabs small", "aria-label": "Forms" },
    Object.entries(TITLES).map(tab));
  const chosen = tabs(list, choose);
  return {
    list,
    show(name) {
      chosen.show(name);
      // The tabs share one panel, which `tabs` hides for those that are not chosen.
      panel.hidden = false;
      panel.setAttribute("aria-labelledby", list.querySelector(`[data-name="${name}"]`).id);
    },
  };
}

// {later(ms, design())}: after a quiet time the cheap views of the design are asked; the newest alone is accepted or
// refused.
function submitter(accept, refuse) {
  let timer = 0;
  let asked = 0;

  async function send(design) {
    asked += 1;
    const ticket = asked;
    try {
      const answers = await askMany(design, VIEWS);
      if (ticket !== asked) return;
      const trouble = [answers.tableau, answers.formula].find((answer) => answer?.sentence);
      if (trouble) refuse(trouble);
      else accept(design, answers);
    } catch (trouble) {
      if (ticket === asked) refuse(trouble);
    }
  }

  return {
    later(quiet, design) {
      clearTimeout(timer);
      timer = setTimeout(() => send(design()), quiet);
    },
  };
}

// [form, draft] of a design, through the library's own JSON of it, or its text where there is no grid for it.
async function draftFor(design) {
  const plain = { ...design, values: undefined };
  if (design.formula) return ["formula", { text: design.formula }];
  const { text: json } = await ask("export", plain, { form: "json" }, "editing take");
  const found = draftOf(JSON.parse(json));
  if (found) return found;
  const { text } = await ask("export", plain, { form: "text" }, "editing take");
  return ["text", { text }];
}

function typedDraft(design) {
  if (design.table) return draftOf(design.table);
  const form = design.formula ? "formula" : "text";
  return [form, { text: design[form] ?? "" }];
}

// On a small screen the form is folded until it is asked for.
function foldButton(element) {
  const toggle = button("Type", () => open(element.classList.contains("folded")), { class: "fold" });
  function open(wanted) {
    element.classList.toggle("folded", !wanted);
    toggle.setAttribute("aria-expanded", String(wanted));
    toggle.textContent = wanted ? "Fold" : "Type";
  }
  open(!matchMedia("(max-width: 760px)").matches);
  return { button: toggle, open };
}
