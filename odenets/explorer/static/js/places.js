const [MARK, GAP, RING, RINGS, DIRECTIONS] = [7, 3, 9, 9, 16]; // pixels: half a mark, around a label, between rings

// The centre {x, y, far} of each label {width, height} (null: none) beside its mark: the nearest place, outwards from
// `origin` first, that covers no mark, label or line {left, top, right, bottom} and is in the frame; far: off the mark.
export function places(points, sizes, origin, lines, frame) {
  const taken = [...lines, ...points.map((point) => around(point, 2 * MARK, 2 * MARK))];
  return points.map((point, i) => {
    const size = sizes[i];
    if (!size) return null;
    const [width, height] = [size.width + GAP, size.height + GAP];
    const tries = candidates(point, width, height, origin);
    const fits = (place) => {
      const box = around(place, width, height);
      const across = box.left >= frame.left && box.right <= frame.right;
      const inside = box.top >= frame.top && box.bottom <= frame.bottom;
      return across && inside && !taken.some((other) => overlap(box, other));
    };
    const found = tries.find(fits) ?? tries[0];
    taken.push(around(found, width, height));
    return found;
  });
}

// A box around a centre.
export function around({ x, y }, width, height) {
  return { left: x - width / 2, top: y - height / 2, right: x + width / 2, bottom: y + height / 2 };
}

// Centres on rings around the mark, from the direction away from the origin to both sides.
function candidates(point, width, height, origin) {
  const [x, y] = [point.x - origin.x, point.y - origin.y];
  const turn = Math.hypot(x, y) > 1 ? Math.atan2(y, x) : 0.9;
  const found = [];
  for (let ring = 0; ring < RINGS; ring += 1) {
    for (let k = 0; k <= DIRECTIONS / 2; k += 1) {
      for (const sign of k ? [1, -1] : [1]) {
        const angle = turn + (sign * k * 2 * Math.PI) / DIRECTIONS;
        const reach = MARK + GAP + RING * ring;
        const [across, up] = [Math.cos(angle), Math.sin(angle)];
        const place = { x: point.x + across * (reach + width / 2), y: point.y + up * (reach + height / 2) };
        found.push({ ...place, far: ring > 1 });
      }
    }
  }
  return found;
}

function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
