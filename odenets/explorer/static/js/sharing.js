// Sharing: the link, the scheme as a file, the page as a file that needs no server.

import { addressOf } from "./address.js";
import { ask, askCatalogue, inSnapshot, posted, shownAnswers } from "./asking.js";
import { button, copy, download, freshId, make, replace } from "./dom.js";
import { activeDesign } from "./store.js";

const FILES = { json: "application/json", toml: "application/toml", latex: "text/x-tex", text: "text/plain",
  csv: "text/csv" };
const LABELS = { json: "Scheme as JSON", toml: "Scheme as TOML", latex: "Scheme as LaTeX", text: "Scheme as text",
  csv: "Scheme as CSV" };
const NO_SERVER = "This page is a snapshot already: save the file itself to share it.";

// The share menu {element}: a button that opens a list of buttons, closed by Escape, a click elsewhere or leaving it.
export function shareMenu(store) {
  const id = freshId("share");
  const said = make("p", { role: "status" });
  const items = make("div", { class: "menu-items", id, hidden: true },
    button("Copy the link", attempt(copyLink)),
    Object.entries(LABELS).map(([form, label]) => button(label, attempt(() => saveScheme(form)))),
    button("Snapshot of this page (HTML)", attempt(saveSnapshot)), said);
  const opener = button("Share", () => open(items.hidden), { "aria-expanded": "false", "aria-controls": id });
  const element = make("div", { class: "menu" }, opener, items);

  function open(wanted) {
    items.hidden = !wanted;
    opener.setAttribute("aria-expanded", String(wanted));
    replace(said);
    if (wanted) items.querySelector("button").focus();
  }

  function attempt(act) {
    return async () => {
      replace(said, "…");
      replace(said, await act().catch((trouble) => trouble.sentence ?? "That did not work."));
    };
  }

  async function copyLink() {
    const link = `${location.href.split("#")[0]}#${addressOf(store.state)}`;
    return (await copy(link)) ? "The link is copied." : "The link could not be copied: take it from the address bar.";
  }

  async function saveScheme(form) {
    const { text, file } = await ask("export", activeDesign(store.state), { form }, `export ${form}`);
    download(text, file, FILES[form]);
    return `${file} is saved.`;
  }

  async function saveSnapshot() {
    if (inSnapshot()) return NO_SERVER;
    const catalogue = await askCatalogue();
    const wanted = new Set(store.state.designs.map((design) => design.entry));
    const answers = { ...shownAnswers(), catalogue: { ...catalogue, entries: catalogue.entries.filter((entry) =>
      wanted.has(entry.name)) } };
    download(await posted("/snapshot", { state: store.state, answers }), "odenets-snapshot.html", "text/html");
    return "odenets-snapshot.html is saved: it opens without a server.";
  }

  element.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !items.hidden) { open(false); opener.focus(); }
    const buttons = [...items.querySelectorAll("button")];
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!step || items.hidden) return;
    event.preventDefault();
    buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length].focus();
  });
  document.addEventListener("click", (event) => {
    // A download is a click that the script makes: it leaves the menu open.
    if (event.isTrusted && !items.hidden && !element.contains(event.target)) open(false);
  });
  return { element };
}
