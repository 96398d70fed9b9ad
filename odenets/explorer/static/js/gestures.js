const STEP = 0.1; // of the window's width, that an arrow key pans
const FACTOR = 1.25; // that + and - zoom
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

// Pan and zoom of an element by mouse, wheel, touch, pinch and keys. act: {pan(dx, dy), zoom(factor, x, y), fit(),
// point(x, y), leave(), step(across, up)}; pixels from the element's corner, zoom without a place is about the middle;
// step is what Shift with an arrow key does to the crosshair; width() is the width of the window in pixels.
export function gestures(element, act, width) {
  const down = new Map(); // pointers that are down, by id
  element.style.touchAction = "none";
  const place = (event) => {
    const box = element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    down.set(event.pointerId, place(event));
    element.style.cursor = "grabbing";
  });

  element.addEventListener("pointermove", (event) => {
    const here = place(event);
    if (!down.has(event.pointerId)) return act.point(...here);
    const before = middle(down);
    down.set(event.pointerId, here);
    const after = middle(down);
    act.pan(after.x - before.x, after.y - before.y);
    if (down.size > 1 && before.spread > 0) act.zoom(after.spread / before.spread, after.x, after.y);
    return down.size > 1 ? act.leave() : act.point(...here);
  });

  const up = (event) => {
    down.delete(event.pointerId);
    if (down.size === 0) element.style.cursor = "";
  };
  ["pointerup", "pointercancel", "lostpointercapture"].forEach((name) => element.addEventListener(name, up));
  element.addEventListener("pointerleave", (event) => down.has(event.pointerId) || act.leave());
  element.addEventListener("dblclick", () => act.fit());
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const lines = event.deltaMode === 1 ? 16 : 1;
    act.zoom(Math.exp(-0.0015 * lines * event.deltaY), ...place(event));
  }, { passive: false });
  element.addEventListener("keydown", (event) => key(event, act, width));
}

function key(event, act, width) {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const arrow = ARROWS[event.key];
  if (arrow && event.shiftKey) act.step(...arrow);
  else if (arrow) act.pan(-arrow[0] * STEP * width(), arrow[1] * STEP * width());
  else if (event.key === "+" || event.key === "=") act.zoom(FACTOR);
  else if (event.key === "-" || event.key === "_") act.zoom(1 / FACTOR);
  else if (event.key === "0") act.fit();
  else if (event.key === "Escape") act.leave();
  else return;
  event.preventDefault();
}

// The middle of the pointers that are down, and how far the first two are apart; pixels.
function middle(down) {
  const places = [...down.values()];
  const mean = (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
  const [one, other] = places;
  return { x: mean(0), y: mean(1), spread: other ? Math.hypot(one[0] - other[0], one[1] - other[1]) : 0 };
}
