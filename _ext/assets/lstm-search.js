// Search in both languages at once: each index by its own rules, the page's own language first.
"use strict";
const lstmSearch = (() => {
  const indexes = {};
  const own = document.documentElement.lang === "vi" ? "vi" : "en";

  // The same as fold() in _ext/vietnamese_search.py.
  const fold = (text) => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replaceAll("đ", "d");
  const split = (text) => text.toLowerCase().match(/[\p{L}\p{N}_]+/gu) ?? [];

  // Titles that hold the query, whatever its diacritics; scored as Sphinx scores titles.
  function titlesWith(query) {
    const { alltitles, docnames, filenames, titles } = indexes.vi;
    const folded = fold(query).trim();
    return Object.entries(alltitles).flatMap(([title, places]) => {
      if (!folded || !fold(title).includes(folded) || folded.length < title.length / 2) return [];
      const score = Math.round((Scorer.title * folded.length) / title.length);
      return places.map(([file, id]) => {
        const whole = id === null; // the page's own title, which is listed with its number
        const shown = whole ? titles[file] : `${titles[file]} > ${title}`;
        return [docnames[file], shown, whole ? "" : `#${id}`, null, score + (whole ? 1 : 0), filenames[file]];
      });
    });
  }

  function vietnamese(query) {
    const words = split(query).filter((word) => !/^\d+$/.test(word));
    const folded = new Set(words.map(fold));
    const { terms, titleterms, docnames } = indexes.vi;
    const found = [...titlesWith(query), ...Search.performTermsSearch(folded, new Set())];
    // Of pages that match equally, first the one that holds the word as the reader wrote it.
    const holds = (word, page) =>
      [terms[word], titleterms[word]].some((files) => files !== undefined && [files].flat().includes(docnames.indexOf(page)));
    for (const result of found) result[4] += words.filter((word) => holds(word, result[0])).length / 10;
    found.sort(_orderResultsByScoreThenName);
    // A page found by its title and by its words is listed once, at its better place (the later).
    const last = new Map(found.map((result) => [result[0] + result[2], result]));
    return { found: found.filter((result) => last.get(result[0] + result[2]) === result), words };
  }

  function english(query) {
    const [text, terms, excluded, highlight, objects] = Search._parseQuery(query);
    return { found: Search._performSearch(text, terms, excluded, highlight, objects), words: [...highlight] };
  }

  // Results in Sphinx's order, the best last; {en: {found, words}, vi: {found, words}}. English hears
  // the query folded too, so that diacritics, there or not, never change which pages are found.
  function find(query) {
    const answers = {};
    for (const [lang, ask, text] of [["en", english, fold(query)], ["vi", vietnamese, query.normalize("NFC")]]) {
      Search._index = indexes[lang];
      answers[lang] = indexes[lang] ? ask(text) : { found: [], words: [] };
    }
    return answers;
  }

  // Words that every JavaScript object answers to are no words of an index that does not hold them.
  const closed = (index) => {
    for (const words of [index.terms, index.titleterms]) {
      for (const word of ["constructor", "__proto__"]) {
        if (!Object.hasOwn(words, word)) Object.defineProperty(words, word, { value: undefined });
      }
    }
    return index;
  };

  // A query waits for the English index, which comes last on the page.
  const setEnglish = Search.setIndex;
  Search.setIndex = (index) => {
    indexes.en = closed(index);
    setEnglish(index);
  };
  Search.query = (query) => {
    const answers = find(query);
    const other = own === "vi" ? "en" : "vi";
    const words = new Set([...answers.en.words, ...answers.vi.words]);
    localStorage.setItem("sphinx_highlight_terms", [...words].join(" "));
    const here = answers[own].found;
    const seen = new Set(here.map(([page, , anchor]) => page + anchor));
    const there = answers[other].found.filter(([page, , anchor]) => !seen.has(page + anchor));
    const results = [...there, ...here];
    _displayNextItem(results, results.length, words, words);
  };

  return { find, fold, setVietnamese: (index) => { indexes.vi = closed(index); } };
})();
