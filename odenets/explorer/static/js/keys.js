// Keyboard: "?" opens the help, "/" goes to the search.

import { button, freshId, make } from "./dom.js";

const KEYS = [
  ["?", "this help"],
  ["/", "search a scheme"],
  ["Tab, Shift Tab", "next and previous control"],
  ["← → Home End", "on tabs: another page"],
  ["↑ ↓ Enter Esc", "in the search: move, choose, close"],
  ["← → ↑ ↓ Enter", "in a typed table: another cell"],
  ["← → ↑ ↓", "on the stability region: move the window; on a chart: the readout"],
  ["+ − 0", "on the stability region: closer, wider, fit"],
  ["← →, Page Up, Page Down", "on a slider: small and large steps"],
];

// The help dialog {button, open()}.
export function keyboardHelp() {
  const id = freshId("keys");
  const rows = KEYS.map(([keys, says]) => make("tr", {}, make("th", { scope: "row" }, make("kbd", {}, keys)), make("td",
    {}, says)));
  const close = button("close", () => dialog.close());
  const dialog = make("dialog", { "aria-labelledby": id }, make("h2", { id }, "Keyboard"),
    make("table", { class: "keys" }, make("tbody", {}, rows)), close);
  document.body.append(dialog);
  const open = () => dialog.open || dialog.showModal();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    if (event.key === "?") open();
    else if (event.key === "/") document.querySelector("[data-search]")?.focus();
    else return;
    event.preventDefault();
  });
  return { open, button: button("?", open, { class: "quiet", "aria-label": "keyboard help",
    title: "keyboard help (?)" }) };
}

function typing(element) {
  return element.matches?.("input:not([type=range]):not([type=checkbox]), textarea, select, [contenteditable]");
}
