/**
 * The one script of the HTML reports. It shows the filters and lets them, and the counts, choose among the items
 * (`data-item`); it makes of a `noscript` what is in it once somebody unfolds it, so that a page of thousands of jobs opens
 * quickly; it unfolds what is printed. Holds no `<`, so that nothing in it can end it. Everything is there without it.
 */
export const PAGE_SCRIPT = `
"use strict";
const form = document.getElementById("filters");
const items = Array.from(document.querySelectorAll("[data-item]"), (node) => ({ node, text: undefined, data: node.dataset }));
let shown = items;
const fill = (node) => {
  const raw = node.querySelector(":scope > noscript");
  if (raw === null) return;
  const made = document.createElement("template");
  made.innerHTML = raw.textContent;
  raw.replaceWith(made.content);
};
document.addEventListener("toggle", ({ target }) => { if (target.open) fill(target); }, true);
for (const node of document.querySelectorAll("details[open]")) fill(node);
const signs = { amp: "&", lt: "\\u003c", gt: ">", quot: '"' };
const plain = (raw) => raw.replace(/\\u003c[^>]*>/g, " ").replace(/&(?:#(\\d+)|(\\w+));/g, (_all, code, name) => code ? String.fromCharCode(Number(code)) : signs[name]);
const textOf = (item) => {
  if (item.text === undefined) {
    const raw = item.node.querySelector(":scope > noscript");
    item.text = (raw === null ? item.node.textContent : item.node.firstElementChild.textContent + " " + plain(raw.textContent)).toLowerCase();
  }
  return item.text;
};
if (form) {
  const found = document.getElementById("found");
  const groups = Array.from(document.querySelectorAll("[data-group]"));
  const choices = Array.from(form.querySelectorAll("select"));
  const field = form.elements.namedItem("text");
  const what = choices.find((choice) => choice.name === "what");
  const picks = [];
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
    for (const pick of picks) pick.setAttribute("aria-pressed", String(what.value === pick.dataset.what));
    const all = shown.length === items.length;
    found.textContent = shown.length === 0 ? "Nothing fits." : (all ? "All " : shown.length + " of ") + items.length + " jobs are shown.";
  };
  for (const node of what ? document.querySelectorAll("[data-pick]") : []) {
    const value = node.dataset.pick;
    if (!Array.from(what.options).some((option) => option.value === value)) continue;
    const pick = document.createElement("button");
    pick.type = "button";
    pick.dataset.what = value;
    pick.append(...node.childNodes);
    pick.addEventListener("click", () => {
      what.value = what.value === value ? "" : value;
      show();
    });
    node.append(pick);
    node.classList.add("live");
    picks.push(pick);
  }
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
  document.addEventListener("keydown", (event) => {
    const typing = event.target instanceof Element && event.target.closest("input, select, textarea") !== null;
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      field.focus();
      field.select();
    }
    if (event.key === "Escape" && event.target === field && field.value !== "") {
      field.value = "";
      show();
    }
  });
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
if (matchMedia("(max-width: 40rem)").matches) for (const map of document.querySelectorAll("details.map")) map.open = false;
let opened = [];
addEventListener("beforeprint", () => {
  opened = Array.from(document.querySelectorAll("details:not([open])")).filter((node) => node.closest("[hidden]") === null).slice(0, 500);
  for (const node of opened) {
    fill(node);
    node.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const node of opened) node.open = false;
});
`;
