import { download, make } from "./dom.js";
import { wrapped } from "./looks.js";

const SPACE = "http://www.w3.org/2000/svg";
const MARGIN = 12; // pixels around the picture
const [TITLE, CAPTION] = [15, 11.5]; // pixels of the letters
// What a stylesheet or an inherited variable may have set; each becomes an attribute of the exported element.
const STYLED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "stroke-linejoin", "opacity",
  "fill-opacity", "stroke-opacity", "fill-rule", "vector-effect", "paint-order", "visibility", "display"];
const LETTERS = ["font-family", "font-size", "font-weight", "font-style", "text-anchor", "dominant-baseline"];
const DROPPED = ["style", "class", "tabindex", "role", "aria-label", "aria-describedby"];

// A small menu for a card's tools that saves a picture as SVG or PNG. svgElement, name (also the title) and caption may
// be functions that are called when it is used; a picture that is not drawn yet, or no longer shown, saves nothing.
export function exportable(svgElement, name, caption = "") {
  const summary = make("summary", {}, "Save");
  const menu = make("details", { class: "menu export" }, summary);
  const save = (act) => async () => {
    menu.open = false;
    const now = (given) => (typeof given === "function" ? given() : given);
    const [element, title, text] = [svgElement, name, caption].map(now);
    if (element?.isConnected && element.childNodes.length) await act(element, title, text);
    summary.focus();
  };
  const choice = (label, act) => make("button", { type: "button", onclick: save(act) }, label);
  menu.append(make("div", { class: "menu-items" }, choice("SVG", saveSvg), choice("PNG", savePng)));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    menu.open = false;
    summary.focus();
  });
  menu.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !menu.contains(event.relatedTarget)) menu.open = false;
  });
  return menu;
}

// A picture as the text of an SVG file: colours computed, background of the card, title above and caption below.
export function pictureText(element, title, caption = "") {
  const { width, height } = sizeOf(element);
  const look = getComputedStyle(element);
  const [ink, card] = ["--ink", "--card"].map((name) => look.getPropertyValue(name).trim());
  const family = getComputedStyle(document.body).fontFamily || "sans-serif";
  const wide = Math.max(width, 320);
  const notes = caption ? wrapped(caption, wide, CAPTION) : [];
  const names = title ? wrapped(title, wide, TITLE * 1.08) : [];
  const top = MARGIN + 20 * names.length;
  const file = node("svg", { xmlns: SPACE, "font-family": family });
  const full = [wide + 2 * MARGIN, top + height + 2 * MARGIN + 15 * notes.length];
  Object.entries({ width: full[0], height: full[1], viewBox: `0 0 ${full.join(" ")}` }).forEach(([key, value]) =>
    file.setAttribute(key, value));
  if (title) file.append(node("title", {}, title));
  file.append(node("rect", { width: full[0], height: full[1], fill: card || "white" }));
  const letters = { x: MARGIN, fill: ink || "black" };
  const text = (content, y, size, weight) =>
    file.append(node("text", { ...letters, y, "font-size": size, "font-weight": weight }, content));
  names.forEach((line, i) => text(line, MARGIN + 12 + 20 * i, TITLE, "bold"));
  const inner = plain(element);
  Object.entries({ x: MARGIN, y: top, width, height }).forEach(([key, value]) => inner.setAttribute(key, value));
  file.append(inner);
  notes.forEach((line, i) => text(line, top + height + MARGIN + 12 + 15 * i, CAPTION, "normal"));
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(file)}\n`;
}

// The same as a PNG Blob with `scale` dots a pixel.
export async function pictureBlob(element, title, caption = "", scale = 2) {
  const text = pictureText(element, title, caption);
  const image = new Image();
  // Not a blob's address: a page from a file has no origin, and its canvas could not be read again.
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = make("canvas", { width: Math.ceil(image.width * scale), height: Math.ceil(image.height * scale) });
  const pen = canvas.getContext("2d");
  pen.scale(scale, scale);
  pen.drawImage(image, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}

function saveSvg(element, title, caption) {
  download(pictureText(element, title, caption), fileName(title, "svg"), "image/svg+xml;charset=utf-8");
}

async function savePng(element, title, caption) {
  download(await pictureBlob(element, title, caption), fileName(title, "png"), "image/png");
}

function fileName(title, suffix) {
  const safe = String(title).normalize("NFKD").replace(/[^A-Za-z0-9_-]+/g, "-").replace(/^-+|-+$/g, "");
  return `${safe.slice(0, 80) || "picture"}.${suffix}`;
}

function sizeOf(element) {
  const box = element.viewBox.baseVal;
  if (box && box.width) return { width: box.width, height: box.height };
  const { width, height } = element.getBoundingClientRect();
  return { width, height };
}

// A copy without classes and variables; parts for the screen only (data-screen: a crosshair) are left out.
function plain(element) {
  const copy = element.cloneNode(false);
  DROPPED.forEach((name) => copy.removeAttribute(name));
  if (!/^(title|desc)$/.test(element.localName)) {
    const look = getComputedStyle(element);
    for (const name of element.localName === "text" ? [...STYLED, ...LETTERS] : STYLED) {
      const value = look.getPropertyValue(name);
      if (value && (copy.hasAttribute(name) || value !== PLAIN[name])) copy.setAttribute(name, value);
    }
  }
  for (const child of element.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) copy.append(child.cloneNode());
    else if (child.nodeType === Node.ELEMENT_NODE && !child.hasAttribute("data-screen")) copy.append(plain(child));
  }
  return copy;
}

const PLAIN = { stroke: "none", "stroke-width": "1px", "stroke-dasharray": "none", "stroke-linecap": "butt",
  "stroke-linejoin": "miter", opacity: "1", "fill-opacity": "1", "stroke-opacity": "1", "fill-rule": "nonzero",
  "vector-effect": "none", "paint-order": "normal", visibility: "visible", display: "inline", "font-weight": "400",
  "font-style": "normal", "text-anchor": "start", "dominant-baseline": "auto" };

function node(tag, attributes, text = "") {
  const element = document.createElementNS(SPACE, tag);
  for (const [name, value] of Object.entries(attributes)) if (name !== "xmlns") element.setAttribute(name, value);
  if (text) element.textContent = text;
  return element;
}
