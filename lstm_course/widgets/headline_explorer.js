// HeadlineExplorer: what a trained network answers to a headline, and where its answer comes from.

function render({ model, el }) {
  const { element, quantity, setText, setAttribute, sigmoid } = lstmCore;
  const { quoted, blank, fit } = lstmExplorer;
  const explorer = lstmExplorer.explorer({
    model, el, name: "headline_explorer", words, ranges, most,
    answer: "p_sarcastic", sides: ["onion", "huffpost"], rows: 2,
    own: ({ words: found, behind, short }) => [behind.length || short ? t("cut", { count: found.length }) : ""],
  });
  const { view, net, reader } = explorer;
  const { t, values } = view;
  const PIECES = 40; // of each kind that are listed

  let chosen = 0; // the word whose pieces are shown
  let before = []; // the words of the text before this one

  // ---- Word by word --------------------------------------------------------------------------

  const tiles = [];
  const chart = element("ol", { class: "lw-tiles", "aria-label": t("word_by_word") });
  const tile = (k) => {
    const bar = element("span", { class: "lw-tile-fill" });
    const output = quantity(`p_${k + 1}`);
    const button = view.button(`word_${k + 1}`, "", () => showPieces(k));
    button.addEventListener("focus", () => showPieces(k));
    const word = button.appendChild(element("span", { lang: "en" }));
    const node = element("li", {}, element("span", { class: "lw-tile-bar", "aria-hidden": "true" }, bar), output, button);
    return { node, bar, output, button, word };
  };
  const mark = (word) => (word.known ? "known" : word.numbers.length ? "pieces" : "blind");
  const spoken = (word) => `${word.text} (${t(word.numbers.length ? "mark_pieces" : "mark_blind")})`;

  // ---- Pieces of one word --------------------------------------------------------------------

  const piecesHead = element("p", { class: "lw-pieces-head" });
  const piecesKnown = element("p", { class: "lw-pieces" });
  const piecesOther = element("p", { class: "lw-pieces" });
  const pieces = element("div", { class: "lw-card", "aria-live": "polite" }, piecesHead, piecesKnown, piecesOther);
  const chips = (label, list) => {
    const different = [...new Set(list)];
    if (!different.length) return [];
    const shown = different.slice(0, PIECES).flatMap((piece) => [" ", element("code", { lang: "en", text: piece.replace(/^ /, "< ") })]);
    return [`${label}:`, ...shown, ...(different.length > PIECES ? [` ${t("and_more", { count: different.length - PIECES })}`] : [])];
  };
  const showPieces = (k) => {
    chosen = k;
    const { found } = explorer;
    const word = found[k];
    pieces.hidden = !word;
    tiles.forEach((one, i) => setAttribute(one.button, "aria-pressed", i === k));
    if (!word) return;
    const pair = reader.byPairs ? [`${found[k - 1]?.text ?? ""} ${word.text}`] : [];
    const known = [...word.pieces, ...pair].filter(reader.isKnown);
    const other = [...word.pieces, ...pair].filter((piece) => !reader.isKnown(piece));
    const kind = reader.byPieces ? mark(word) : word.known ? "whole" : "unknown";
    setText(piecesHead, t(`word_${kind}`, { word: quoted(word.text), known: known.length, all: word.pieces.length + pair.length }));
    piecesKnown.replaceChildren(...(reader.byPieces ? chips(t("pieces_known"), known) : []));
    piecesOther.replaceChildren(...(reader.byPieces ? chips(t("pieces_other"), other) : []));
  };

  // ---- Which words pushed which way ----------------------------------------------------------

  const pushes = explorer.pushTable("push", t("pushes"), t("word"));

  // ---- Inside: gates and states --------------------------------------------------------------

  const cells = [];
  const strip = element("ol", { class: "lw-tiles lw-strip" });
  const stripNote = element("p", { class: "lw-hint" });
  const cell = (k) => {
    const output = quantity(`state_${k + 1}`, 2);
    const word = element("span", { lang: "en" });
    const node = element("li", {}, element("span", { class: "lw-heat" }, output), word);
    return { node, output, word, heat: node.firstChild };
  };
  const showStates = () => {
    if (!explorer.now || !inside.open) return;
    const shown = explorer.series();
    const largest = Math.max(1, ...shown.map(Math.abs));
    shown.forEach((value, k) => {
      const { output, heat } = cells[k];
      output.show(value);
      heat.style.setProperty("--lw-heat", `${((60 * Math.abs(value)) / largest).toFixed(1)}%`);
      heat.classList.toggle("lw-below", value < 0);
    });
    strip.className = `lw-tiles lw-strip ${explorer.seriesKind()}`;
    setAttribute(strip, "aria-label", t(`gate_${values.gate}`));
    setText(stripNote, [...explorer.seriesTold(), t(/[gch]/.test(values.gate) ? "below_zero" : "zero_to_one")].join(" "));
  };

  // ---- All of it -----------------------------------------------------------------------------

  const showWords = () => {
    const { found } = explorer;
    fit(tiles, found.length, tile, chart);
    fit(cells, found.length, cell, strip);
    pushes.begin(found.map((word) => word.text));
    if (found[chosen]?.text !== before[chosen]?.text) chosen = 0;
    before = found;
    found.forEach((word, k) => {
      const { button, output, bar } = tiles[k];
      setText(tiles[k].word, word.text);
      setAttribute(button, "data-mark", mark(word));
      if (word.known) button.removeAttribute("aria-label");
      else setAttribute(button, "aria-label", spoken(word));
      blank(output);
      bar.style.height = "0";
      setText(cells[k].word, word.text);
    });
    chartPart.hidden = pushPart.hidden = inside.hidden = !found.length;
    showPieces(Math.min(chosen, found.length - 1));
  };

  function* explain() {
    const { found, now } = explorer;
    showWords();
    showStates();
    yield;
    for (let k = 0; k < found.length; k += 1) {
      const value = sigmoid(now.prefix(k + 1)[0]);
      tiles[k].output.show(value);
      tiles[k].bar.style.height = `${(100 * value).toFixed(1)}%`;
      yield;
    }
    const all = [];
    for (let j = 0; j < found.length; j += 1) {
      all.push(now.logits[0] - now.without(j)[0]);
      yield;
    }
    pushes.show(all);
  }

  const chartPart = element("section", {},
    element("p", { class: "lw-part", text: t("word_by_word") }),
    element("p", { class: "lw-hint", text: t("word_by_word_hint") }), chart,
    element("p", { class: "lw-hint", text: t(reader.byPieces ? "legend_pieces" : "legend_words") }), pieces);
  const pushPart = element("section", {}, pushes.node, element("p", { class: "lw-hint", text: t("push_hint") }), pushes.summary);
  const inside = element("details", { class: "lw-inside", ontoggle: showStates },
    element("summary", { "data-input": "inside", text: t("inside") }),
    element("div", { class: "lw-columns" },
      element("div", {}, explorer.controls.gate, explorer.controls.direction), explorer.controls.unit),
    stripNote, strip);

  view.update = showStates;
  explorer.start(t("text_label"), explain, chartPart, pushPart, inside);
}

export default { render };
