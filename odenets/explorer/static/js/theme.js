// Light, dark, or as the system says.

import { button } from "./dom.js";

const NEXT = { "": "dark", dark: "light", light: "" };
const SAYS = { "": "theme: system", dark: "theme: dark", light: "theme: light" };
const SIGNS = { "": "◐", dark: "●", light: "○" };

// The theme's button {element, update(state)}; the choice is remembered by the browser where it may.
export function themeButton(store) {
  const element = button("", () => choose(NEXT[store.state.theme] ?? ""), { class: "quiet" });
  const before = recall();
  if (!store.state.theme && before) store.change({ theme: before });

  function choose(theme) {
    try {
      localStorage.setItem("theme", theme);
    } catch {
      // A page from a file may keep nothing.
    }
    store.change({ theme });
  }

  function update({ theme }) {
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    element.textContent = SIGNS[theme];
    element.setAttribute("aria-label", SAYS[theme]);
    element.title = SAYS[theme];
  }

  return { element, update };
}

function recall() {
  try {
    const theme = localStorage.getItem("theme");
    return theme in NEXT ? theme : "";
  } catch {
    return "";
  }
}
