// SegmentationExplorer: what a computer sees of a Vietnamese text, from letters to numbers.

const MARKED = 400; // characters of a cleaning step that are shown with what it changed
const TOKENS = 300; // tokens that are shown, of however many there are
const LEFT = 1000; // and of what is left in the end
const LONG = 60; // words or tokens from which on their list scrolls
const WHOLE = 16; // words of the best way, up to which all ways are shown as a whole
const TEARS = ["html", "urls", "emoticons"]; // steps whose patterns hold punctuation

function render({ model, el }) {
  const { element, fit, fixed, quantity, setAttribute, setText } = lstmCore;
  const { STEPS, SEPARATOR, UNKNOWN } = lstmReading;
  const segmenter = segmenting(model.get("packed_segmenter"));
  const vocabularies = Object.fromEntries(
    ranges.unit.choices.filter((unit) => model.get("packed_vocabularies")[unit]).map((unit) =>
      [unit, new Map(model.get("packed_vocabularies")[unit].split(SEPARATOR).map((token, number) => [token, number]))]));
  const units = Object.keys(vocabularies);
  const limit = structuredClone(ranges);
  limit.unit.choices = units;
  limit.unit.start = units[0];
  const view = lstmCore.view({ model, el, name: "segmentation_explorer", words, ranges: limit });
  const { t, values } = view;
  const pyvi = model.get("pyvi") ?? {};

  const first = { text: model.get("text") ?? "", steps: [...(model.get("steps") ?? [])] };
  let text = first.text;
  let order = inOrder(first.steps);
  let active = new Set(first.steps);
  let now = null; // what was last computed

  const quoted = (word) => `“${word.length > 40 ? `${word.slice(0, 40)}…` : word}”`;
  const shownToken = (token) => token.replace(/[^]/gu, (sign) => ({ " ": "␣", "\n": "⏎", "\r": "⏎", "\t": "⇥", "\xa0": "␣" })[sign] ?? sign);
  const few = (list) => list.slice(0, 4).map(quoted).join(", ") + (list.length > 4 ? " …" : "");
  const share = (output, value) => {
    const percent = 100 * value;
    const shown = value > 0 && percent < 0.1 ? "< 0.1" : value < 1 && percent > 99.9 ? "> 99.9" : fixed(percent, 1);
    setText(output, `${shown}\xa0%`);
    setAttribute(output, "data-value", value);
  };

  // A list that scrolls takes the focus, so that the keyboard can scroll it.
  const scrolling = (list, count) => {
    list.classList.toggle("lw-long", count > LONG);
    if (count > LONG) setAttribute(list, "tabindex", 0);
    else list.removeAttribute("tabindex");
  };

  // ---- Computing: the properties of the Python class ---------------------------------------------

  const steps = () => order.filter((step) => active.has(step));

  const compute = () => {
    const typed = lstmReading.begin(text, most.letters);
    const stages = [];
    let cleaned = typed;
    for (const step of steps()) {
      const before = cleaned;
      cleaned = STEPS[step](cleaned);
      stages.push({ step, before, after: cleaned });
    }
    cleaned = STEPS.nfc(cleaned);
    let syllables = lstmReading.syllables(cleaned);
    const all = syllables.length;
    if (all > most.syllables) {
      syllables = syllables.slice(0, most.syllables);
      let end = 0;
      for (const syllable of syllables) end = cleaned.indexOf(syllable, end) + syllable.length;
      cleaned = cleaned.slice(0, end);
    }
    now = {
      typed, short: typed.length < text.length, stages, cleaned, syllables, all,
      ways: segmenter.ways(syllables, most.ways), characters: lstmReading.characters(cleaned),
    };
  };
  const chosen = () => now.ways[Math.min(values.way, now.ways.length) - 1];
  const tokensOf = (unit) => (unit === "words" ? chosen().words : now[unit]);

  // ---- Changing text and steps -------------------------------------------------------------------

  const tell = (key, value) => {
    model.set(key, value);
    model.save_changes();
  };
  const show = () => {
    compute();
    showLetters();
    showCleaning();
    showCut();
    showTokens();
  };
  const accept = (typed, { keepBox = false, fromModel = false } = {}) => {
    text = typed;
    if (!keepBox) box.value = typed;
    now = null; // the way goes back to the best, and that not for the text before
    if (!fromModel) {
      if (values.way !== 1) view.set({ way: 1 });
      tell("text", typed);
    }
    view.say("");
    show();
  };
  const changeSteps = (fromModel = false) => {
    now = null;
    if (!fromModel) {
      if (values.way !== 1) view.set({ way: 1 });
      tell("steps", steps());
    }
    view.say("");
    show();
  };
  const move = (step, by) => {
    const from = order.indexOf(step);
    order.splice(from, 1);
    order.splice(from + by, 0, step);
    changeSteps();
    // The row has gone elsewhere with its buttons; the one that was pressed keeps the focus.
    const { up, down } = rows[step];
    const pressed = by < 0 ? up : down;
    (pressed.disabled ? (by < 0 ? down : up) : pressed).focus();
    view.say(t("moved", { step: t(`step_${step}`), place: from + by + 1, count: order.length }));
  };

  const box = element("textarea", {
    id: `${view.id}-text`, "data-input": "text", rows: 2, lang: "vi", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    "data-lm-suppress-shortcuts": "true", oninput: () => accept(box.value, { keepBox: true }),
  });
  const examples = (model.get("examples") ?? []).map((example, i) => {
    const button = view.button(`example_${i + 1}`, example.length > 80 ? `${example.slice(0, 70)}…` : example, () => accept(example));
    button.lang = "vi";
    return button;
  });
  const reset = view.button("reset", t("reset"), () => {
    order = inOrder(first.steps);
    active = new Set(first.steps);
    now = null;
    view.set(view.initial);
    tell("steps", first.steps);
    accept(first.text);
    if (values.way !== view.initial.way) view.set({ way: view.initial.way });
    view.say(t("reset_done"));
  });
  const cut = element("p", { class: "lw-hint" });

  // ---- Letters -----------------------------------------------------------------------------------

  const characters = quantity("characters", 0);
  const codePoints = quantity("code_points", 0);
  const pieces = element("p");
  const letters = element("ul", { class: "lw-pieces" });
  const codes = (letter) => [...letter].map((sign) => sign.codePointAt(0).toString(16).toUpperCase().padStart(4, "0"));

  const showLetters = () => {
    const { typed, short } = now;
    characters.show(lstmReading.characters(typed).length);
    codePoints.show([...typed].length);
    // A sign and the marks after it that become shorter when they are put together.
    const apart = new Map((typed.match(/[^\p{M}]?\p{M}+/gu) ?? [])
      .filter((letter) => [...letter.normalize("NFC")].length < [...letter].length)
      .map((letter) => [letter.normalize("NFC"), letter]));
    setText(pieces, typed ? t(apart.size ? "in_pieces" : "in_one_piece", { count: apart.size }) : t("nothing_typed"));
    letters.replaceChildren(...[...apart].slice(0, 4).map(([letter, signs]) => element("li", {},
      element("b", { lang: "vi", text: letter }), " = ",
      ...[...signs].flatMap((sign, k) => [k ? " + " : "", element("b", { lang: "vi", text: /\p{M}/u.test(sign) ? `◌${sign}` : sign }),
        element("small", { text: ` U+${codes(sign)}` })]))));
    letters.hidden = !apart.size;
    setText(cut, [
      short ? t("first_letters", { count: most.letters }) : "",
      now.all > most.syllables ? t("first_syllables", { count: most.syllables, all: now.all }) : "",
    ].filter(Boolean).join(" "));
    cut.hidden = !cut.textContent;
  };

  // ---- Cleaning ----------------------------------------------------------------------------------

  const row = (step) => {
    const name = t(`step_${step}`);
    const input = element("input", {
      type: "checkbox", "data-input": `step_${step}`, "data-lm-suppress-shortcuts": "true",
      onchange: () => {
        if (input.checked) active.add(step);
        else active.delete(step);
        changeSteps();
      },
    });
    const arrow = (key, by) => {
      const button = view.button(`${key}_${step}`, by < 0 ? "↑" : "↓", () => move(step, by));
      button.setAttribute("aria-label", t(key, { step: name }));
      return button;
    };
    const [up, down] = [arrow("up", -1), arrow("down", 1)];
    const said = element("span", { class: "lw-hint" });
    const marked = element("p", { class: "lw-marked", lang: "vi" });
    const node = element("li", {},
      element("div", { class: "lw-step" }, element("label", {}, input, element("span", { text: name })), said, element("span", { class: "lw-arrows" }, up, down)),
      marked);
    return { node, input, up, down, said, marked };
  };
  const rows = Object.fromEntries(cleaning.map((step) => [step, row(step)]));
  const list = element("ol", { class: "lw-steps" });
  const torn = element("div", { class: "lw-torn", "aria-live": "polite" });
  const result = element("p", { class: "lw-text", lang: "vi" });

  // What a step took out is struck, what it put in is underlined; a space that it leaves is a space.
  const marks = (parts) => {
    const nodes = [];
    let room = MARKED;
    for (const [before, after] of parts) {
      if (room <= 0) {
        nodes.push("…");
        break;
      }
      room -= before.length;
      if (before === after) nodes.push(room < 0 ? before.slice(0, before.length + room) : before);
      else {
        const left = !after.trim() && before.startsWith(after) ? after : "";
        const out = before.slice(left.length, 200);
        if (out) nodes.push(element("del", { text: shownToken(out) }));
        if (left || !after.trim()) nodes.push(after);
        else nodes.push(element("ins", { text: shownToken(after) }));
      }
    }
    return nodes;
  };

  const showCleaning = () => {
    const at = new Map(now.stages.map((stage) => [stage.step, stage]));
    order.forEach((step, k) => {
      const { node, input, up, down, said, marked } = rows[step];
      if (list.children[k] !== node) list.insertBefore(node, list.children[k] ?? null);
      input.checked = active.has(step);
      up.disabled = k === 0;
      down.disabled = k === order.length - 1;
      const stage = at.get(step);
      const changed = stage && stage.before !== stage.after;
      const parts = changed ? lstmReading.parts(step, stage.before) : [];
      const count = parts.filter(([before, after]) => before !== after).length;
      setText(said, stage ? t(changed ? "places" : "no_change", { count }) : "");
      said.classList.toggle("lw-same", !changed);
      marked.replaceChildren(...marks(parts));
      marked.hidden = !changed;
      node.classList.toggle("lw-off", !stage);
    });
    const found = tears();
    const lines = found.slice(0, 3).map(([step, whole, rest]) =>
      t("torn", { whole: quoted(whole), step: quoted(t(`step_${step}`)), rest: quoted(rest) }));
    if (torn.textContent !== lines.join("")) torn.replaceChildren(...lines.map((line) => element("p", { text: line })));
    torn.hidden = !found.length;
    setText(result, now.cleaned.length > LEFT ? `${now.cleaned.slice(0, LEFT)}…` : now.cleaned || t("nothing_left"));
    result.classList.toggle("lw-hint", !now.cleaned);
  };

  // What punctuation, taken out first, has left of what a later step would have taken out whole.
  const tears = () => {
    const taken = steps();
    const from = taken.indexOf("punctuation");
    if (from < 0) return [];
    const { before } = now.stages[from];
    return TEARS.filter((step) => taken.indexOf(step) > from).flatMap((step) =>
      lstmReading.parts(step, before).filter(([whole, after]) => whole !== after).flatMap(([whole]) => {
        const rest = STEPS.space(STEPS.punctuation(whole));
        return rest ? [[step, whole, rest]] : [];
      }));
  };

  // ---- Syllables and words -----------------------------------------------------------------------

  const sizes = element("p");
  const countOf = { syllables: quantity("syllables", 0), words: quantity("words", 0) };
  sizes.append(`${t("syllables")}: `, countOf.syllables, ` · ${t("words")}: `, countOf.words);
  const brackets = [];
  const cutList = element("ol", { class: "lw-cut", lang: "vi" });
  const bracket = (k) => {
    const inside = element("span", { class: "lw-word" });
    const logp = quantity(`logp_${k + 1}`, 2);
    return { node: element("li", {}, inside, logp), inside, logp };
  };
  const waysTitle = element("p", { class: "lw-sub" });
  const waysList = element("div", { class: "lw-ways", role: "radiogroup", "aria-labelledby": `${view.id}-ways` });
  waysTitle.id = `${view.id}-ways`;
  setText(waysTitle, t("ways"));
  const wayRows = [];
  const wayRow = (k) => {
    const input = element("input", {
      type: "radio", name: `${view.id}-way`, value: k + 1, "data-input": "way", "data-lm-suppress-shortcuts": "true",
      onchange: () => view.set({ way: k + 1 }),
    });
    const label = element("span", { class: "lw-way-text", lang: "vi" });
    const output = quantity(`share_${k + 1}`);
    const fill = element("span", { class: "lw-way-fill" });
    const node = element("label", { class: "lw-way" }, input, label, output, element("span", { class: "lw-way-bar", "aria-hidden": "true" }, fill));
    return { node, input, label, output, fill };
  };
  const together = quantity("share_together");
  const togetherLine = element("p", { class: "lw-hint" }, `${t("together")} `, together, ".");
  const other = element("div", { class: "lw-card lw-other" });

  // A way to cut, its words apart; those that the best way has not are strong. Of a long text, only
  // these and what stands around them.
  const wayText = (found, best) => {
    const spans = new Set(best ? spansOf(best).map(String) : []);
    const strong = spansOf(found).map((span) => best && !spans.has(String(span)));
    const near = strong.map((_, k) => now.ways[0].words.length <= WHOLE || (best ? strong.slice(Math.max(0, k - 2), k + 3).some(Boolean) : k < WHOLE));
    const nodes = [];
    found.forEach((word, k) => {
      if (!near[k]) {
        if (k === 0 || near[k - 1]) nodes.push("… ");
        return;
      }
      nodes.push(strong[k] ? element("strong", { text: word }) : word, " ");
    });
    return nodes;
  };

  const showCut = () => {
    const { ways, syllables } = now;
    const { words: found } = chosen();
    countOf.syllables.show(syllables.length);
    countOf.words.show(found.length);
    fit(brackets, found.length, bracket, cutList);
    scrolling(cutList, found.length);
    found.forEach((word, k) => {
      const { node, inside, logp } = brackets[k];
      const kind = segmenter.kind(word);
      setAttribute(node, "data-kind", kind);
      if (inside.dataset.word !== word) {
        inside.dataset.word = word;
        inside.replaceChildren(...word.split("_").map((syllable) => element("span", { text: syllable })));
      }
      logp.show(segmenter.logProbability(word));
      if (kind === "unknown") setAttribute(node, "title", t("unknown_syllable"));
      else node.removeAttribute("title");
    });
    const some = syllables.length > 0;
    const shown = some ? ways : [];
    fit(wayRows, shown.length, wayRow, waysList);
    shown.forEach((way, k) => {
      const { input, label, output, fill } = wayRows[k];
      input.checked = k + 1 === Math.min(values.way, ways.length);
      label.replaceChildren(...wayText(way.words, k ? ways[0].words : null));
      share(output, way.share);
      fill.style.width = `${(100 * way.share).toFixed(2)}%`;
    });
    share(together, Math.min(1, ways.reduce((sum, way) => sum + way.share, 0)));
    for (const node of [sizes, cutHint, waysTitle, waysList]) node.hidden = !some;
    togetherLine.hidden = !some || ways.length < 2;
    nothing.hidden = some;
    showOther(found);
  };

  // What pyvi says, where it was asked about the very text that is left after cleaning.
  const showOther = (found) => {
    const answer = now.all === now.syllables.length && Object.hasOwn(pyvi, now.cleaned) ? pyvi[now.cleaned] : "";
    const theirs = answer.split(" ");
    other.hidden = !answer || lettersOf(theirs.join("")) !== lettersOf(found.join(""));
    if (other.hidden) return;
    const differences = apart(found, theirs);
    const same = now.ways.findIndex((way) => !apart(way.words, theirs).length);
    const verdict = !differences.length ? t("pyvi_agrees")
      : [
        t("pyvi_differs", { places: differences.slice(0, 4).map(([ours, its]) => t("instead", { its: quoted(its.join(" ")), ours: quoted(ours.join(" ")) })).join("; ") }),
        same >= 0 ? t("pyvi_is_way", { way: same + 1 }) : "",
      ].filter(Boolean).join(" ");
    other.replaceChildren(
      element("p", {}, element("b", { text: "pyvi: " }), element("span", { lang: "vi", text: answer.slice(0, 2000) })),
      element("p", { text: verdict }));
  };

  const cutHint = element("p", { class: "lw-hint", text: t("cut_hint") });
  const nothing = element("p", { class: "lw-hint", text: t("nothing_to_cut") });

  // ---- What the model receives -------------------------------------------------------------------

  const unit = view.choice("unit", t("unit_label"));
  const unknownNote = element("p");
  const unknownShare = quantity("unknown_share");
  const unknownCount = quantity("unknown", 0);
  unknownNote.append(`${t("unknown_tokens")}: `, unknownCount, " (", unknownShare, ")");
  const unknownHint = element("p", { class: "lw-hint" });
  const chips = [];
  const chipList = element("ol", { class: "lw-tokens" });
  const chip = () => {
    const token = element("span", { lang: "vi" });
    const number = element("span", { class: "lw-number" });
    return { node: element("li", {}, token, number), token, number };
  };
  const numbersRow = element("code", { class: "lw-numbers" });
  const lengths = Object.fromEntries(units.map((name) => {
    const output = quantity(`length_${name}`, 0);
    const fill = element("span", { class: "lw-way-fill" });
    const node = element("tr", {}, element("th", { scope: "row", text: t(`unit_${name}`) }),
      element("td", {}, output), element("td", { "aria-hidden": "true" }, element("span", { class: "lw-way-bar" }, fill)));
    return [name, { node, output, fill }];
  }));
  const lengthTable = element("table", { class: "lw-lengths" }, element("caption", { text: t("lengths") }),
    element("thead", {}, element("tr", {}, ...["unit_column", "length_column"].map((key) => element("th", { scope: "col", text: t(key) })), element("td"))),
    element("tbody", {}, ...units.map((name) => lengths[name].node)));

  const showTokens = () => {
    const numberOf = vocabularies[values.unit];
    const tokens = tokensOf(values.unit);
    const numbers = tokens.map((token) => numberOf.get(token) ?? UNKNOWN);
    const unknown = numbers.filter((number) => number === UNKNOWN).length;
    unknownCount.show(unknown);
    share(unknownShare, unknown / Math.max(1, tokens.length));
    const strange = [...new Set(tokens.filter((_, k) => numbers[k] === UNKNOWN))];
    setText(unknownHint, strange.length ? t("unknown_hint", { tokens: few(strange.map(shownToken)), size: numberOf.size }) : "");
    unknownHint.hidden = !strange.length;
    fit(chips, Math.min(TOKENS, tokens.length), chip, chipList);
    scrolling(chipList, tokens.length);
    chips.forEach(({ node, token, number }, k) => {
      setText(token, shownToken(tokens[k]));
      setText(number, String(numbers[k]));
      setAttribute(node, "data-kind", numbers[k] === UNKNOWN ? "unknown" : "known");
    });
    const shown = numbers.slice(0, TOKENS);
    setText(numbersRow, `[${shown.join(", ")}${shown.length < numbers.length ? ", …" : ""}]`);
    setText(more, shown.length < numbers.length ? t("first_tokens", { count: shown.length, all: numbers.length }) : "");
    more.hidden = !more.textContent;
    const all = units.map((name) => tokensOf(name).length);
    const longest = Math.max(1, ...all);
    units.forEach((name, k) => {
      lengths[name].output.show(all[k]);
      lengths[name].fill.style.width = `${(100 * all[k]) / longest}%`;
      lengths[name].node.classList.toggle("lw-chosen", name === values.unit);
    });
  };
  const more = element("p", { class: "lw-hint" });

  // ---- All of it ---------------------------------------------------------------------------------

  view.update = () => {
    if (!now) return;
    showCut();
    showTokens();
  };

  const stage = (key, ...parts) => element("section", { class: "lw-stage" }, element("p", { class: "lw-part", text: t(key) }), ...parts);
  view.start(
    view.title(),
    stage("stage_text",
      element("label", { for: box.id, class: "lw-wide" }, t("text_label"), box),
      element("div", { class: "lw-buttons lw-examples", role: "group", "aria-label": t("examples") },
        examples.length ? element("span", { class: "lw-hint", text: `${t("examples")}:` }) : "", ...examples, reset),
      cut),
    stage("stage_letters",
      element("p", {}, `${t("characters")}: `, characters, ` · ${t("code_points")}: `, codePoints), pieces, letters),
    stage("stage_cleaning", element("p", { class: "lw-hint", text: t("cleaning_hint") }), list, torn,
      element("p", { class: "lw-sub", text: t("cleaned") }), result),
    stage("stage_words", nothing, sizes, cutHint, cutList, waysTitle, waysList, togetherLine, other),
    stage("stage_tokens", unit, chipList, unknownNote, unknownHint,
      element("p", { class: "lw-sub", text: t("numbers") }), numbersRow, more, lengthTable));
  model.on("change:text", () => {
    if (model.get("text") !== text) accept(model.get("text"), { fromModel: true });
  });
  model.on("change:steps", () => {
    const given = [...model.get("steps")];
    if (String(given) === String(steps())) return;
    order = inOrder(given);
    active = new Set(given);
    changeSteps(true);
  });
  const complaint = view.status.textContent;
  accept(first.text, { fromModel: true });
  if (complaint) view.say(complaint, true);
}

// All steps: the given ones in their order, each of the others after those that it usually follows.
function inOrder(given) {
  const order = [...given];
  cleaning.forEach((step, k) => {
    if (order.includes(step)) return;
    const after = cleaning.slice(0, k).map((earlier) => order.indexOf(earlier));
    order.splice(Math.max(-1, ...after) + 1, 0, step);
  });
  return order;
}

const lettersOf = (word) => word.replace(/[\s_]/g, "");

// Where each word begins and ends among the letters of its text.
function spansOf(found) {
  let end = 0;
  return found.map((word) => {
    const start = end;
    end += lettersOf(word).length;
    return [start, end];
  });
}

// Where two ways to cut one text differ: the words of the one with those of the other there.
function apart(ours, theirs) {
  const found = [];
  const [a, b] = [spansOf(ours), spansOf(theirs)];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [from, to] = [i, j];
    i += 1;
    j += 1;
    while (a[i - 1][1] !== b[j - 1][1]) {
      if (a[i - 1][1] < b[j - 1][1]) i += 1;
      else j += 1;
    }
    if (i - from > 1 || j - to > 1) found.push([ours.slice(from, i), theirs.slice(to, j)]);
  }
  return found;
}

// WordSegmenter of segmentation.py. Costs are whole numbers there and here: their sums are exact.
function segmenting({ words: packed, counts, longest }) {
  const GRID = 2 ** -32;
  const names = packed.split(lstmReading.SEPARATOR);
  const total = counts.reduce((sum, count) => sum + count, 0);
  const costOf = (count) => Math.floor(Math.log(total / count) / GRID + 0.5);
  const costs = new Map(names.map((word, k) => [word, costOf(counts[k])]));
  const unknown = costOf(1);
  const begins = new Set(names.flatMap((word) => [...word.matchAll(/_/g)].map(({ index }) => word.slice(0, index))));
  const isMark = (piece) => !/[\p{L}\p{N}]/u.test(piece);
  const alone = (piece) => costs.get(piece) ?? (isMark(piece) ? 0 : unknown);
  const small = (word) => word.toLowerCase();

  const logAdd = (a, b) => Math.max(a, b) + Math.log1p(Math.exp(Math.min(a, b) - Math.max(a, b)));

  // End and cost of each word that can begin there.
  const wordsAt = (syllables, start) => {
    let word = syllables[start];
    let end = start + 1;
    const found = [[end, alone(word)]];
    while (end < syllables.length && end - start < longest && begins.has(word)) {
      word = `${word}_${syllables[end]}`;
      end += 1;
      if (costs.has(word)) found.push([end, costs.get(word)]);
    }
    return found;
  };

  const better = (a, b) => a.cost - b.cost || a.start - b.start || a.rank - b.rank;
  const ways = (syllables, count) => {
    const plain = syllables.map(small);
    const best = Array.from({ length: plain.length + 1 }, () => []);
    best[0].push({ cost: 0, start: 0, rank: 0 });
    const sums = new Float64Array(plain.length + 1).fill(-Infinity);
    sums[0] = 0;
    for (let start = 0; start < plain.length; start += 1) {
      for (const [end, cost] of wordsAt(plain, start)) {
        best[start].forEach((way, rank) => best[end].push({ cost: way.cost + cost, start, rank }));
        sums[end] = logAdd(sums[end], sums[start] - cost * GRID);
      }
      best[start + 1] = best[start + 1].sort(better).slice(0, count);
    }
    return best.at(-1).map((last) => {
      const found = [];
      let [way, end] = [last, plain.length];
      while (end) {
        found.push(syllables.slice(way.start, end).join("_"));
        end = way.start;
        way = best[end][way.rank];
      }
      return { words: found.reverse(), share: Math.exp(-last.cost * GRID - sums[plain.length]) };
    });
  };

  return {
    ways,
    logProbability: (word) => -(costs.get(small(word)) ?? alone(small(word))) * GRID || 0,
    kind: (word) => (costs.has(small(word)) ? "known" : isMark(word) ? "mark" : "unknown"),
  };
}

export default { render };
