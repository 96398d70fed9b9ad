import { svg } from "./dom.js";

const [STEP, RISE, DOT, EDGE] = [11, 12, 2.7, 4]; // pixels: between leaves and levels, of a node, around it

// A small picture of a rooted tree, root at the bottom, from its level sequence [1, 2, 3, 2]: the level of each node,
// the root first, each node behind its parent. Source: Beyer, Hedetniemi, SIAM J. Comput. 9 (1980) 706–712.
export function tree(levels) {
  const nodes = placed(levels);
  const [wide, tall] = [Math.max(...nodes.map((node) => node.x)), Math.max(...levels) - levels[0]];
  const [width, height] = [wide * STEP + 2 * (DOT + EDGE), tall * RISE + 2 * (DOT + EDGE)];
  const x = (node) => DOT + EDGE + node.x * STEP;
  const y = (node) => height - DOT - EDGE - (node.level - levels[0]) * RISE;
  const label = `rooted tree of order ${levels.length}, level sequence ${levels.join(" ")}`;
  const branch = (node) => `M${x(node.parent)} ${y(node.parent)}L${x(node)} ${y(node)}`;
  const branches = nodes.filter((node) => node.parent).map(branch);
  const look = { class: "tree", width, height, viewBox: `0 0 ${width} ${height}` };
  return svg("svg", { role: "img", "aria-label": label, ...look },
    svg("path", { d: branches.join(""), stroke: "var(--ink)", "stroke-width": 1.2, fill: "none" }),
    nodes.map((node) => svg("circle", { cx: x(node), cy: y(node), r: DOT, fill: "var(--ink)" })));
}

// Nodes {level, parent, x}: leaves stand side by side, a node above the middle of its branches.
function placed(levels) {
  const nodes = [];
  for (const level of levels) {
    const parent = nodes.findLast((node) => node.level === level - 1) ?? null;
    const node = { level, parent, children: [], x: 0 };
    parent?.children.push(node);
    nodes.push(node);
  }
  let leaves = 0;
  const place = (node) => {
    node.children.forEach(place);
    const [first, last] = [node.children[0], node.children[node.children.length - 1]];
    node.x = first ? (first.x + last.x) / 2 : leaves++;
  };
  nodes.filter((node) => node.parent === null).forEach(place);
  return nodes;
}
