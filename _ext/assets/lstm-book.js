"use strict";

// Search results quote their pages by fetching them, which browsers forbid on pages from disk; there
// the search would stop at its first result.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

// Whatever scrolls sideways can be reached and moved with the keyboard, and only while it scrolls.
(() => {
  const WIDE = "pre, .math, .pst-scrollable-table-container, .cell_output > .output";

  const mark = (element) => {
    if (element.matches("span.math")) {
      const room = element.parentElement.clientWidth;
      element.classList.toggle("wide", room > 0 && element.scrollWidth > room + 1);
    }
    const scrolls =
      element.scrollWidth > element.clientWidth &&
      /auto|scroll/.test(getComputedStyle(element).overflowX);
    if (scrolls) element.tabIndex = 0;
    else if (element.getAttribute("tabindex") === "0") element.removeAttribute("tabindex");
  };

  document.addEventListener("DOMContentLoaded", () => {
    const article = document.querySelector("article.bd-article");
    if (!article) return;
    const markAll = () => article.querySelectorAll(WIDE).forEach(mark);
    // The article grows when a formula is set, a picture comes in or a solution is unfolded.
    new ResizeObserver(() => requestAnimationFrame(markAll)).observe(article);
  });
})();

// On paper nothing can be unfolded: solutions are printed open, then folded again.
(() => {
  let folded = [];
  addEventListener("beforeprint", () => {
    folded = [...document.querySelectorAll("article.bd-article details:not([open], .lstm-widget *)")];
    for (const part of folded) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of folded) part.open = false;
  });
})();

// The link to the other language keeps the reader's place: the section in view, with the state that
// the address gives to a figure in it, the term of the glossary, and the words of a search.
document.addEventListener("DOMContentLoaded", () => {
  const link = document.querySelector("a.language-link");
  if (!link) return;
  const address = link.getAttribute("href");
  const theirs = JSON.parse(link.dataset.sections ?? "[]");
  const ours = [...document.querySelectorAll("article.bd-article section[id]")];
  const keepPlace = () => {
    const tops = ours.map((section) => section.getBoundingClientRect().top);
    // The section that the address names, when it is in view; otherwise the one that is being read.
    const named = ours.findIndex((section, k) => `#${section.id}` === location.hash && tops[k] >= 0 && tops[k] < innerHeight);
    const n = named >= 0 ? named : tops.findLastIndex((top) => top < innerHeight / 3);
    const figure = location.hash.match(/^#(\w+)=/)?.[1];
    const holdsFigure = n > 0 && figure && ours[n].querySelector(`[data-widget="${figure}"]`);
    const isTerm = location.hash.startsWith("#term-");
    const section = n > 0 && ours.length === theirs.length ? `#${theirs[n]}` : "";
    link.href = address + location.search + (holdsFigure || isTerm ? location.hash : section);
  };
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, keepPlace);
});
