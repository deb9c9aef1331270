// HeadlineExplorer: what a trained network answers to a headline, and where its answer comes from.

function render({ model, el }) {
  const { element, fixed, quantity, setText, setAttribute, sigmoid } = lstmCore;
  const packed = model.get("network");
  const net = lstmNetwork.network(packed);
  const reader = lstmReading.reader(packed);
  const limit = structuredClone(ranges);
  limit.unit.max = net.units;
  if (net.directions === 1) limit.direction.choices = ["forward"];
  const view = lstmCore.view({ model, el, name: "headline_explorer", words, ranges: limit });
  const { t, values } = view;
  const later = lstmNetwork.inFrames();
  const PIECES = 40; // of each kind that are listed

  const first = model.get("text") ?? "";
  let text = first;
  let found = []; // the words that were read
  let now = null; // what the network made of them
  let chosen = 0; // the word whose pieces are shown

  const signed = (value, digits = 2) => `${value < 0 || Object.is(fixed(value, digits), fixed(0, digits)) ? "" : "+"}${fixed(value, digits)}`;
  const quoted = (word) => `“${word.length > 60 ? `${word.slice(0, 60)}…` : word}”`;
  // A quantity that is not computed yet has neither number nor value.
  const blank = (output) => {
    setText(output, "…");
    output.removeAttribute("data-value");
  };

  // ---- The answer ----------------------------------------------------------------------------

  const p = quantity("p_sarcastic");
  const verdict = element("strong");
  const fill = element("span", { class: "lw-meter-fill" });
  const notes = element("p", { class: "lw-hint" });
  const accuracy = model.get("accuracy");

  const showAnswer = () => {
    const value = sigmoid(now.logits[0]);
    p.show(value);
    fill.style.left = `${(100 * value).toFixed(2)}%`;
    setText(verdict, t(value >= 0.5 ? "looks_onion" : "looks_huffpost") + (Math.abs(value - 0.5) < 0.1 ? ` ${t("hardly")}` : ""));
  };

  const showNotes = (cut) => {
    const begin = text.slice(0, 2 * most.letters);
    const blind = found.filter((word) => !word.numbers.length);
    const inPieces = found.filter((word) => word.numbers.length && !word.known);
    const few = (list) => [...new Set(list.map((word) => quoted(word.text)))].slice(0, 5).join(", ") + (list.length > 5 ? " …" : "");
    setText(notes, [
      found.length ? "" : t("no_words"),
      cut ? t("cut", { count: found.length }) : "",
      /<[^>]*>/.test(begin) ? t("markup") : "",
      packed.steps.includes("lower") && begin !== begin.toLowerCase() ? t("capitals") : "",
      begin.normalize("NFC") !== begin ? t("composed") : "",
      inPieces.length && reader.byPieces ? t("in_pieces", { words: few(inPieces) }) : "",
      blind.length ? t("blind", { words: few(blind) }) : "",
    ].filter(Boolean).join(" "));
  };

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

  const rows = [];
  const pushBody = element("tbody");
  const pushSummary = element("p", { class: "lw-story" });
  const column = (label) => element("th", { scope: "col", text: label });
  const pushTable = element("table", { class: "lw-push" },
    element("caption", { text: t("pushes") }),
    element("thead", {}, element("tr", {}, column(t("word")),
      element("th", { scope: "col" }, element("span", { class: "lw-ends" },
        element("span", { text: `← ${t("huffpost")}` }), element("span", { text: `${t("onion")} →` }))),
      column(t("push")))),
    pushBody);
  const pushRow = (k) => {
    const bar = element("span", { class: "lw-push-fill" });
    const output = quantity(`push_${k + 1}`);
    output.show = (value) => {
      setText(output, signed(value));
      setAttribute(output, "data-value", value);
    };
    const word = element("th", { scope: "row", lang: "en" });
    const node = element("tr", {}, word, element("td", { "aria-hidden": "true" }, element("span", { class: "lw-push-bar" }, bar)), element("td", {}, output));
    return { node, word, bar, output };
  };
  const showPushes = (pushes) => {
    const largest = Math.max(1e-9, ...pushes.map(Math.abs));
    pushes.forEach((push, k) => {
      const { bar, output } = rows[k];
      output.show(push);
      const width = (50 * Math.abs(push)) / largest;
      Object.assign(bar.style, { left: `${push < 0 ? 50 - width : 50}%`, width: `${width}%` });
      bar.classList.toggle("lw-below", push < 0);
    });
    const best = (sign) => pushes.reduce((k, push, j) => (sign * push > 0 && (k < 0 || sign * push > sign * pushes[k]) ? j : k), -1);
    const told = [[1, "most_onion"], [-1, "most_huffpost"]].map(([sign, key]) => {
      const k = best(sign);
      if (k < 0) return t(sign > 0 ? "none_onion" : "none_huffpost");
      const without = sigmoid(now.logits[0] - pushes[k]);
      return t(key, { word: quoted(found[k].text), push: signed(pushes[k]), p: fixed(sigmoid(now.logits[0])), without: fixed(without) });
    });
    setText(pushSummary, pushes.length ? told.join(" ") : "");
  };

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
    if (!now || !inside.open) return;
    const { direction, gate, unit } = values;
    const states = now.states[direction === "backward" ? 1 : 0];
    const from = lstmNetwork.PARTS.indexOf(gate) * net.units;
    const shown = found.map((_, k) => {
      const all = states[k].subarray(from, from + net.units);
      return unit ? all[unit - 1] : all.reduce((sum, value) => sum + value, 0) / net.units;
    });
    const largest = Math.max(1, ...shown.map(Math.abs));
    shown.forEach((value, k) => {
      const { output, heat } = cells[k];
      output.show(value);
      heat.style.setProperty("--lw-heat", `${((60 * Math.abs(value)) / largest).toFixed(1)}%`);
      heat.classList.toggle("lw-below", value < 0);
    });
    strip.className = `lw-tiles lw-strip lw-${gate === "c" || gate === "h" ? "state" : "gate"}-${gate}`;
    setAttribute(strip, "aria-label", t(`gate_${gate}`));
    setText(stripNote, [
      unit ? t("one_unit", { unit, count: net.units }) : t("mean_of_units", { count: net.units }),
      t(`reads_${direction}`),
      t(["g", "c", "h"].includes(gate) ? "below_zero" : "zero_to_one"),
    ].join(" "));
  };

  // ---- All of it -----------------------------------------------------------------------------

  // As many rows as words; those that are there stay, and the focus with them.
  const fit = (list, make, parent) => {
    while (list.length < found.length) list.push(make(list.length));
    while (parent.childElementCount > found.length) parent.lastChild.remove();
    for (let k = parent.childElementCount; k < found.length; k += 1) parent.append(list[k].node);
    list.length = found.length;
  };
  const showWords = () => {
    fit(tiles, tile, chart);
    fit(rows, pushRow, pushBody);
    fit(cells, cell, strip);
    found.forEach((word, k) => {
      const { button, output, bar } = tiles[k];
      setText(tiles[k].word, word.text);
      setAttribute(button, "data-mark", mark(word));
      if (word.known) button.removeAttribute("aria-label");
      else setAttribute(button, "aria-label", spoken(word));
      blank(output);
      bar.style.height = "0";
      setText(rows[k].word, word.text);
      blank(rows[k].output);
      rows[k].bar.style.width = "0";
      setText(cells[k].word, word.text);
    });
    chartPart.hidden = pushPart.hidden = inside.hidden = !found.length;
    showPieces(Math.min(chosen, found.length - 1));
  };

  function* explain() {
    const { prefix, without, logits } = now;
    showWords();
    showStates();
    yield;
    for (let k = 0; k < found.length; k += 1) {
      const value = sigmoid(prefix(k + 1)[0]);
      tiles[k].output.show(value);
      tiles[k].bar.style.height = `${(100 * value).toFixed(1)}%`;
      yield;
    }
    const pushes = [];
    for (let j = 0; j < found.length; j += 1) {
      pushes.push(logits[0] - without(j)[0]);
      yield;
    }
    showPushes(pushes);
  }

  const accept = (typed, { keepBox = false, fromModel = false } = {}) => {
    text = typed;
    if (!keepBox) box.value = typed;
    if (!fromModel) {
      model.set("text", typed);
      model.save_changes();
    }
    view.say("");
    const read = reader.read(typed, most);
    if (read.words[chosen]?.text !== found[chosen]?.text) chosen = 0;
    found = read.words;
    now = net.explore(found);
    showAnswer();
    showNotes(read.cut);
    later(explain());
  };

  const box = element("textarea", {
    id: `${view.id}-text`, "data-input": "text", rows: 2, lang: "en", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    "data-lm-suppress-shortcuts": "true", oninput: () => accept(box.value, { keepBox: true }),
  });
  const examples = (model.get("examples") ?? []).map((headline, i) => {
    const button = view.button(`example_${i + 1}`, headline, () => accept(headline));
    button.lang = "en";
    return button;
  });
  const reset = view.button("reset", t("reset"), () => {
    view.set(view.initial);
    accept(first);
    view.say(t("reset_done"));
  });
  const direction = view.choice("direction", t("direction_label"));
  direction.hidden = net.directions === 1;

  const chartPart = element("section", {},
    element("p", { class: "lw-part", text: t("word_by_word") }),
    element("p", { class: "lw-hint", text: t("word_by_word_hint") }), chart,
    element("p", { class: "lw-hint", text: t(reader.byPieces ? "legend_pieces" : "legend_words") }), pieces);
  const pushPart = element("section", {}, pushTable, element("p", { class: "lw-hint", text: t("push_hint") }), pushSummary);
  const inside = element("details", { class: "lw-inside", ontoggle: showStates },
    element("summary", { "data-input": "inside", text: t("inside") }),
    element("div", { class: "lw-columns" },
      element("div", {}, view.choice("gate", t("gate_label")), direction),
      view.control("unit", t("unit_label"))),
    stripNote, strip);

  view.update = showStates;
  view.start(
    view.title(),
    element("label", { for: box.id, class: "lw-wide" }, t("text_label"), box),
    examples.length ? element("div", { class: "lw-buttons lw-examples", role: "group", "aria-label": t("examples") },
      element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples, reset) : element("div", { class: "lw-buttons" }, reset),
    element("div", { class: "lw-verdict" },
      element("p", { class: "lw-story", "aria-live": "polite" }, verdict),
      element("p", { class: "lw-fact" }, `${t("p_label")} = `, p),
      element("div", { class: "lw-meter", "aria-hidden": "true" },
        element("span", { class: "lw-ends" }, element("span", { text: `0 ${t("huffpost")}` }), element("span", { text: "0.5" }), element("span", { text: `${t("onion")} 1` })),
        element("span", { class: "lw-meter-line" }, fill)),
      typeof accuracy === "number" ? element("p", { text: t("accuracy", { percent: fixed(100 * accuracy, 1) }) }) : "",
      notes,
      element("p", { class: "lw-hint", text: t("limits") })),
    chartPart, pushPart, inside);
  model.on("change:text", () => {
    if (model.get("text") !== text) accept(model.get("text"), { fromModel: true });
  });
  const complaint = view.status.textContent;
  accept(first, { fromModel: true });
  if (complaint) view.say(complaint, true);
}

export default { render };
