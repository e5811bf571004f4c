// The page reads well without this. With it: a tooltip that follows the pointer, a trial that is pointed
// at stands out in every plot and table, and tables sort by any column.
"use strict";
const tip = document.createElement("div");
tip.id = "tip";
tip.hidden = true;
tip.setAttribute("aria-hidden", "true");
document.body.append(tip);

const words = new WeakMap();
for (const title of document.querySelectorAll("svg [data-n] > title")) {
  words.set(title.parentNode, title.textContent);
  title.remove();
}
let lit = [];
function light(number) {
  for (const shape of lit) shape.classList.remove("hot");
  lit = number === null ? [] : [...document.querySelectorAll(`[data-n="${CSS.escape(number)}"]`)];
  for (const shape of lit) shape.classList.add("hot");
}
document.addEventListener("pointerover", (event) => {
  const shape = event.target.closest("[data-n]");
  light(shape && shape.dataset.n);
  const text = shape && words.get(shape);
  tip.hidden = !text;
  tip.textContent = text || "";
});
document.addEventListener("pointermove", (event) => {
  if (tip.hidden) return;
  const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 16 + tip.offsetHeight < innerHeight;
  const y = below ? event.clientY + 16 : event.clientY - tip.offsetHeight - 10;
  tip.style.left = `${Math.max(4, x)}px`;
  tip.style.top = `${Math.max(4, y)}px`;
});

for (const head of document.querySelectorAll("table.trials thead th")) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = head.textContent;
  head.replaceChildren(button);
  button.addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of head.parentNode.children) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const body = head.closest("table").tBodies[0];
    const key = (row) => row.cells[head.cellIndex].dataset.v ?? row.cells[head.cellIndex].textContent;
    const order = (a, b) => {
      if (key(a) === "" || key(b) === "") return (key(a) === "") - (key(b) === "");
      const [x, y] = [Number(key(a)), Number(key(b))];
      const numeric = !Number.isNaN(x) && !Number.isNaN(y);
      return (up ? 1 : -1) * (numeric ? x - y : key(a).localeCompare(key(b)));
    };
    body.append(...[...body.rows].sort(order));
  });
}
