/**
 * The one script of the HTML reports: shows the filters and lets them choose among the items (`data-item`). Holds no `<`,
 * so that nothing in it can end it. Everything is there without it.
 */
export const PAGE_SCRIPT = `
"use strict";
const form = document.getElementById("filters");
if (form) {
  const found = document.getElementById("found");
  const items = Array.from(document.querySelectorAll("[data-item]"), (node) => ({ node, text: undefined, data: node.dataset }));
  const groups = Array.from(document.querySelectorAll("[data-group]"));
  const choices = Array.from(form.querySelectorAll("select"));
  const field = form.elements.namedItem("text");
  let shown = items;
  const textOf = (item) => item.text === undefined ? (item.text = item.node.textContent.toLowerCase()) : item.text;
  const show = () => {
    const words = field.value.toLowerCase().split(/\\s+/).filter(Boolean);
    const wanted = choices.filter((choice) => choice.value !== "");
    shown = items.filter((item) => {
      const fits = wanted.every((choice) => item.data[choice.name].split(" ").includes(choice.value))
        && words.every((word) => textOf(item).includes(word));
      if (item.node.hidden === fits) item.node.hidden = !fits;
      return fits;
    });
    for (const group of groups) group.hidden = !group.querySelector("[data-item]:not([hidden])");
    const all = shown.length === items.length;
    found.textContent = shown.length === 0 ? "Nothing fits." : (all ? "All " : shown.length + " of ") + items.length + " jobs are shown.";
  };
  let waiting = 0;
  form.addEventListener("input", () => {
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(show);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => requestAnimationFrame(show));
  for (const button of form.querySelectorAll("[data-fold]")) {
    button.addEventListener("click", () => {
      for (const { node } of shown) if (node.localName === "details") node.open = button.dataset.fold === "open";
    });
  }
  form.hidden = false;
  show();
}
const unfold = () => {
  const place = location.hash.length > 1 && document.getElementById(location.hash.slice(1));
  if (place && place.localName === "details") {
    if (form && place.hidden) form.reset();
    place.open = true;
    requestAnimationFrame(() => place.scrollIntoView());
  }
};
addEventListener("hashchange", unfold);
unfold();
`;
