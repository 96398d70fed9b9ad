// Tabs by the ARIA pattern: arrow keys, Home and End move; the chosen tab alone is in the tab order.

// tabs(list, choose): list = an element of [role=tab] buttons with aria-controls; choose(name) gets data-name of the
// chosen.
// Gives {show(name)}.
export function tabs(list, choose) {
  const buttons = [...list.querySelectorAll("[role=tab]")];

  function show(name) {
    for (const tab of buttons) {
      const chosen = tab.dataset.name === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      if (panel) panel.hidden = !chosen;
    }
  }

  const moves = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 };
  list.addEventListener("keydown", (event) => {
    const at = buttons.indexOf(document.activeElement);
    const ends = { Home: 0, End: buttons.length - 1 };
    if (at < 0 || !(event.key in moves || event.key in ends)) return;
    event.preventDefault();
    const next = event.key in ends ? ends[event.key] : (at + moves[event.key] + buttons.length) % buttons.length;
    buttons[next].focus();
    choose(buttons[next].dataset.name);
  });
  buttons.forEach((tab) => tab.addEventListener("click", () => choose(tab.dataset.name)));
  return { show };
}
