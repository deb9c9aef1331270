"use strict";

// The filter of the glossary: a term stays when each word of the query begins one of its words, in
// either language. A word typed without diacritics finds those with them, one typed with them
// only itself.
document.addEventListener("DOMContentLoaded", () => {
  const box = document.querySelector(".lc-filter");
  const list = document.querySelector("dl.lc-glossary");
  if (!box || !list) return;
  const input = box.querySelector("input");
  const status = box.querySelector("[role=status]");

  const written = (text) =>
    ` ${(text.normalize("NFC").toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).join(" ")}`;
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");

  const entries = [...list.querySelectorAll("dt")].map((term) => {
    const words = written(term.textContent);
    return { parts: [term, term.nextElementSibling], words, folded: fold(words) };
  });

  let announcement;
  const filter = () => {
    const words = written(input.value).split(" ").filter(Boolean);
    let count = 0;
    for (const entry of entries) {
      const hit = words.every((word) =>
        (word === fold(word) ? entry.folded : entry.words).includes(` ${word}`),
      );
      for (const part of entry.parts) part.hidden = !hit;
      count += hit;
    }
    const said = count === 0 ? "none" : count === 1 ? "one" : "many";
    // Spoken when the reader pauses, not after every letter.
    clearTimeout(announcement);
    announcement = setTimeout(() => {
      status.textContent = box.dataset[said].replace("{count}", count);
    }, 250);
  };

  // A link to a term that the filter hides shows the whole list again.
  const showTarget = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target?.hidden) return;
    input.value = "";
    filter();
    target.scrollIntoView();
  };

  input.addEventListener("input", filter);
  addEventListener("hashchange", showTarget);
  box.hidden = false;
  // What a browser has kept in the box when the reader comes back, and the place that moved down.
  if (input.value) filter();
  if (location.hash) document.querySelector(":target")?.scrollIntoView();
});
