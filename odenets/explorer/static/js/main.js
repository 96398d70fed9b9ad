// The page: places the panels, keeps address and theme, and tells the panels of the page that is shown of each change.

import { actingPanel } from "./acting.js";
import { keepAddress, stateOfAddress, verified } from "./address.js";
import { inSnapshot, snapshotState } from "./asking.js";
import { certificatePanel } from "./certificate.js";
import { choosingPanel } from "./chosen.js";
import { comparingPanel } from "./comparing.js";
import { make, replace } from "./dom.js";
import { editingPanel } from "./editing.js";
import { formulaPanel } from "./formula.js";
import { keyboardHelp } from "./keys.js";
import { modifiedPanel } from "./modified.js";
import { parametersPanel } from "./parameters.js";
import { regionPanel } from "./region.js";
import { rootPanel } from "./rootplot.js";
import { runsPanel } from "./runs.js";
import { shareMenu } from "./sharing.js";
import { sourcePanel } from "./source.js";
import { PAGES, activeDesign, designTitle, makeStore } from "./store.js";
import { tableauPanel } from "./tableau.js";
import { tabs } from "./tabs.js";
import { themeButton } from "./theme.js";
import { trainingCard } from "./training.js";
import { wiringPanel } from "./wiring.js";

const SIDE = { choosing: choosingPanel, parameters: parametersPanel, editing: editingPanel };
const PANELS = {
  design: {
    formula: formulaPanel,
    tableau: tableauPanel,
    region: regionPanel,
    roots: rootPanel,
    wiring: wiringPanel,
    certificate: certificatePanel,
    modified: modifiedPanel,
    source: sourcePanel,
  },
  compare: { comparing: comparingPanel, region: regionPanel },
  act: { acting: actingPanel },
  runs: { training: trainingCard, runs: runsPanel },
};

function place(parent, makers, store) {
  return Object.entries(makers).map(([name, makePanel]) => {
    try {
      const panel = makePanel(store);
      panel.element.dataset.panel = name;
      parent.append(panel.element);
      return panel;
    } catch (trouble) {
      // One broken panel must not take the page with it.
      console.error(trouble);
      parent.append(make("p", { class: "notice", "data-panel": name }, `The panel ${name} could not be made.`));
      return { update: () => {} };
    }
  });
}

async function start() {
  const found = inSnapshot() ? { state: snapshotState() ?? {}, sentence: "" }
    : await verified(stateOfAddress(location.hash));
  const store = makeStore(found.state);
  const panels = Object.fromEntries(PAGES.map((page) => [page, place(document.getElementById(`page-${page}`),
    PANELS[page], store)]));
  const side = place(document.getElementById("side"), SIDE, store);
  const pageTabs = tabs(document.getElementById("tabs"), (page) => store.change({ page }));
  const theme = themeButton(store);
  const share = shareMenu(store);
  const help = keyboardHelp();
  document.getElementById("tools").append(help.button, theme.element, share.element);

  function update(state) {
    pageTabs.show(state.page);
    document.body.dataset.page = state.page;
    document.title = `${designTitle(activeDesign(state))} – Scheme explorer`;
    theme.update(state);
    for (const panel of [...side, ...panels[state.page]]) attempt(() => panel.update(state));
  }

  const attempt = (act) => {
    try {
      act();
    } catch (trouble) {
      console.error(trouble);
    }
  };

  document.querySelector(".skip").addEventListener("click", (event) => {
    // The address is the state's: the jump must not write "#main" into it.
    event.preventDefault();
    document.getElementById("main").focus();
  });
  store.subscribe(update);
  update(store.state);
  keepAddress(store, (sentence) => replace(document.getElementById("trouble"), sentence), found.sentence);
  document.body.classList.add("ready");
}

start();
