// Making elements: the only place where text becomes a document.

const SVG = "http://www.w3.org/2000/svg";

// An HTML element. attributes: text, true (present), false or null (absent), on… functions, value and checked as
// properties.
export function make(tag, attributes = {}, ...children) {
  return dressed(document.createElement(tag), attributes, children);
}

// An SVG element, as `make`.
export function svg(tag, attributes = {}, ...children) {
  return dressed(document.createElementNS(SVG, tag), attributes, children);
}

// Sets attributes of an element that is there.
export function setAll(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
}

function dressed(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on") && typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "style") throw new Error("the page's policy forbids a style attribute: use a class");
    else element.setAttribute(name, value === true ? "" : String(value));
    if (name === "value" && "value" in element) element.value = value;
  }
  element.append(...nodes(children));
  return element;
}

// Nodes of a list of nodes, texts, numbers and lists; null and false are left out.
export function nodes(children) {
  const kept = children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
  return kept.map((child) => (child instanceof Node ? child : document.createTextNode(String(child))));
}

// The nodes of a fragment that one of our server's views made (HTML, MathML, SVG); whatever could run is dropped.
export function fragment(html) {
  const body = new DOMParser().parseFromString(html, "text/html").body;
  for (const element of [...body.querySelectorAll("*")]) {
    if (/^(script|style|iframe|object|embed|link|meta|base|form)$/i.test(element.localName)) element.remove();
    for (const { name, value } of [...element.attributes]) {
      const runs = /^on|^style$|^srcdoc$/i.test(name) || /^\s*javascript:/i.test(value);
      if (runs) element.removeAttribute(name);
    }
  }
  const result = document.createDocumentFragment();
  result.append(...[...body.childNodes].map((node) => document.importNode(node, true)));
  return result;
}

// Puts children in the place of those that are there.
export function replace(element, ...children) {
  element.replaceChildren(...nodes(children));
  return element;
}

let count = 0;

// An id that no other element of the page has.
export function freshId(stem = "id") {
  count += 1;
  return `${stem}-${count}`;
}

// A button; `act` is called on a click.
export function button(label, act, attributes = {}) {
  return make("button", { type: "button", onclick: act, ...attributes }, label);
}

// Text for the eyes of a screen reader only.
export function hidden(text) {
  return make("span", { class: "only-read" }, text);
}

// Saves text or a Blob as a file of the visitor.
export function download(content, name, type = "text/plain;charset=utf-8") {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

// Copies text to the clipboard; gives whether it worked (a page from a file, or an old browser, takes the second way).
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = make("textarea", { class: "only-read", "aria-hidden": "true", value: text });
    const before = document.activeElement;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    before?.focus?.();
    return done;
  }
}

// A button that copies what `text()` gives (text or a promise of it) and says so for a moment.
export function copyButton(label, text) {
  const element = button(label, async () => {
    const done = await Promise.resolve(text()).then(copy).catch(() => false);
    element.textContent = done ? "copied" : "not copied";
    setTimeout(() => (element.textContent = label), 1500);
  });
  element.setAttribute("aria-live", "polite");
  return element;
}
