// VerseWriter: a trained model of characters writes verse, and shows what it expects and holds.

function render({ model, el }) {
  const { element, fixed, quantity, setText, setAttribute } = lstmCore;
  const net = lstmLanguage.network(model.get("network"));
  const limit = structuredClone(ranges);
  limit.unit.max = net.units;
  const view = lstmCore.view({ model, el, name: "verse_writer", words, ranges: limit });
  const { t, values } = view;
  const [LINE_END, UNKNOWN] = ["\n", 1];
  const SLICE = 10; // milliseconds of a frame
  const SLOW = 120; // milliseconds between two characters, for who wants to watch
  const QUIET = 3000; // milliseconds between two lines that are read out
  // Who asked for less motion sees whole lines appear.
  const calm = matchMedia("(prefers-reduced-motion: reduce)");

  let text = model.get("text") ?? "";
  let read = null; // what the network reads of it
  const begin = net.step(net.start(), net.lineEnd);
  const items = []; // every character: { character, step, p, node }, the first read.characters.length given
  let queue = []; // numbers that are still to be read
  let toWrite = 0; // characters to be written, Infinity until the reader pauses
  let frame = 0;
  let [picked, pointed] = [null, null]; // characters the reader looks at: chosen, under the mouse

  const last = () => items[items.length - 1]?.step ?? begin;
  const given = () => read.characters.length;
  const written = () => items.length + queue.length - given();
  const nameOf = (character) => (character === " " ? t("space") : character === LINE_END ? t("new_line") : character);

  // ---- Probabilities and chance --------------------------------------------------------------

  // sharpened() of generation.py; padding and the unknown character are never written.
  const sharpened = (logits) => {
    const { temperature, top_k: topK } = values;
    const scaled = logits.map((value, k) => (k > UNKNOWN ? value / temperature : -Infinity));
    const least = topK ? scaled.slice().sort()[Math.max(0, scaled.length - topK)] : -Infinity;
    const most = Math.max(...scaled);
    const p = scaled.map((value) => (value < least ? 0 : Math.exp(value - most)));
    const sum = p.reduce((all, value) => all + value, 0);
    return p.map((value) => value / sum);
  };
  const probability = (logits, number) => {
    const most = Math.max(...logits);
    return Math.exp(logits[number] - most) / logits.reduce((sum, value) => sum + Math.exp(value - most), 0);
  };
  // chance() of verse_writer.py: number `place` of mulberry32.
  const chance = (seed, place) => {
    const state = (seed + Math.imul(place + 1, 0x6d2b79f5)) | 0;
    let r = Math.imul(state ^ (state >>> 15), 1 | state);
    r = (r + Math.imul(r ^ (r >>> 7), 61 | r)) ^ r;
    return ((r ^ (r >>> 14)) >>> 0) / 4294967296;
  };
  const draw = () => {
    const p = sharpened(last().logits);
    const reached = chance(values.seed, written()) * p.reduce((all, value) => all + value, 0);
    let [sum, most] = [0, 0];
    for (let number = 0; number < p.length; number += 1) {
      sum += p[number];
      if (sum > reached) return number;
      if (p[number] > p[most]) most = number;
    }
    return most;
  };

  // ---- The verses ----------------------------------------------------------------------------

  const lines = []; // { node, place, count, output, mark, said }
  const list = element("ol", { class: "lw-verses", lang: "vi" });
  const box = element("div", { class: "lw-verse-box", role: "group", tabindex: 0, "aria-label": t("verses"), "data-lm-suppress-shortcuts": "true" }, list);
  const newLine = () => {
    const place = element("span", { class: "lw-verse" });
    const output = quantity(`line_syllables_${lines.length + 1}`, 0);
    const [mark, said] = [element("span", { "aria-hidden": "true" }), element("span", { class: "lw-spoken" })];
    const wanted = lines.length % 2 ? 8 : 6; // as the network counts them, from the first it reads
    const count = element("span", { class: "lw-verse-count" }, output, ` / ${wanted} `, mark, said);
    const node = element("li", {}, place, " ", count);
    lines.push({ node, place, output, mark, said, wanted, text: "", done: false, count: 0 });
    return lines[lines.length - 1];
  };
  const place = (item) => {
    const line = lines[lines.length - 1];
    line.place.append(item.node);
    if (item.character === LINE_END) {
      line.done = true;
      newLine();
    } else line.text += item.character;
  };
  const syllables = (verse) => (verse.normalize("NFC").match(/(?:[\p{L}\p{N}][\u0300-\u036f]*)+/gu) ?? []).length;

  const inForm = quantity("lines_in_form", 0);
  const finished = quantity("lines_finished", 0);
  const form = element("p", { class: "lw-fact" }, `${t("form")}: `, inForm, " / ", finished);
  let shownLines = 0; // of these, all that is counted is on the page
  const showLines = () => {
    for (let k = shownLines; k < lines.length; k += 1) {
      const line = lines[k];
      if (!line.node.isConnected) list.append(line.node);
      line.count = syllables(line.text);
      line.output.show(line.count);
      const good = line.count === line.wanted;
      setText(line.mark, line.done ? (good ? "✓" : "✗") : "…");
      setText(line.said, t(line.done ? (good ? "line_right" : "line_wrong") : "line_open"));
      line.node.classList.toggle("lw-off", line.done && !good);
    }
    shownLines = lines.length - 1;
    const done = lines.filter((line) => line.done);
    inForm.show(done.filter((line) => line.count === line.wanted).length);
    finished.show(done.length);
  };

  // ---- Colours -------------------------------------------------------------------------------

  let largest = 1;
  const valueOf = (item, part) => {
    if (part === "p") return item.p;
    const n = net.units;
    const all = item.step.s.subarray(lstmNetwork.PARTS.indexOf(part) * n, (lstmNetwork.PARTS.indexOf(part) + 1) * n);
    return values.unit ? all[values.unit - 1] : all.reduce((sum, value) => sum + value, 0) / n;
  };
  const paint = (item) => {
    const value = values.shown === "none" ? 0 : valueOf(item, values.shown);
    if (Math.abs(value) > largest) {
      largest = Math.abs(value);
      items.forEach(paint);
      return;
    }
    item.node.style.setProperty("--lw-heat", `${((45 * Math.abs(value)) / largest).toFixed(1)}%`);
    item.node.classList.toggle("lw-below", value < 0);
  };
  let painted = "";
  const repaint = () => {
    const now = `${values.shown} ${values.unit}`;
    if (now === painted) return;
    painted = now;
    largest = 1;
    items.forEach(paint);
    const { shown, unit } = values;
    const kind = ["c", "h"].includes(shown) ? "state" : "gate";
    list.className = `lw-verses ${shown === "p" ? "lw-by-p" : `lw-${kind}-${shown}`}`;
    setText(legend, [
      ["p", "none"].includes(shown) ? "" : unit ? t("one_unit", { unit, count: net.units }) : t("mean_of_units", { count: net.units }),
      t(shown === "p" || shown === "none" ? `legend_${shown}` : ["g", "c", "h"].includes(shown) ? "legend_signed" : "legend_gate"),
    ].filter(Boolean).join(" "));
  };
  const legend = element("p", { class: "lw-hint" });

  // ---- One character -------------------------------------------------------------------------

  const looked = element("p", { class: "lw-story" });
  const ofChosen = Object.fromEntries(["p_chosen", ..."ifogch"].map((name) => [name, quantity(name, name === "p_chosen" ? 4 : 3)]));
  const pOfChosen = element("p", { class: "lw-fact" }, `${t("p_chosen")}: `, ofChosen.p_chosen);
  const cellOfChosen = element("p", { class: "lw-facts" }, ...[..."ifogch"].map((name) =>
    element("span", { class: "lw-fact" }, element("i", { text: name }), " = ", ofChosen[name])));
  const unitOfChosen = element("p", { class: "lw-hint" });
  const slider = element("input", {
    type: "range", id: `${view.id}-character`, min: 1, max: 1, step: 1, "data-input": "character", "data-lm-suppress-shortcuts": "true",
    oninput: () => pick(Number(slider.value) - 1),
  });
  const chosen = element("div", { class: "lw-card" },
    element("div", { class: "lw-control lw-choose" }, element("label", { for: slider.id, text: t("character_label") }), slider),
    looked, pOfChosen, unitOfChosen, cellOfChosen);
  const outputsOfChosen = [pOfChosen, unitOfChosen, cellOfChosen];
  let marked = null;
  const showChosen = () => {
    const k = pointed ?? picked ?? items.length - 1;
    const item = items[k];
    slider.disabled = !items.length;
    setAttribute(slider, "max", Math.max(1, items.length));
    slider.value = Math.max(0, picked ?? items.length - 1) + 1;
    outputsOfChosen.forEach((part) => part.remove());
    marked?.node.classList.remove("lw-chosen");
    marked = item;
    if (!item) return setText(looked, t("no_character"));
    item.node.classList.add("lw-chosen");
    chosen.append(...outputsOfChosen);
    const name = item.step.number === UNKNOWN ? t("unknown_character", { character: item.character }) : nameOf(item.character);
    const told = t(k < given() ? "looked_given" : "looked_written", { character: name, number: k + 1, count: items.length });
    setText(looked, told);
    setAttribute(slider, "aria-valuetext", `${told} ${t("p_chosen")}: ${fixed(item.p)}`);
    setText(unitOfChosen, values.unit ? t("one_unit", { unit: values.unit, count: net.units }) : t("mean_of_units", { count: net.units }));
    ofChosen.p_chosen.show(item.p);
    for (const name of "ifogch") ofChosen[name].show(valueOf(item, name));
  };
  const pick = (k) => {
    picked = k;
    showChosen();
    const [inside, outside] = [items[k].node.getBoundingClientRect(), box.getBoundingClientRect()];
    if (inside.top < outside.top) box.scrollTop -= outside.top - inside.top;
    if (inside.bottom > outside.bottom) box.scrollTop += inside.bottom - outside.bottom;
  };
  const under = (event) => {
    const k = items.findIndex((item) => item.node === event.target);
    return k < 0 ? null : k;
  };
  list.addEventListener("pointerover", (event) => {
    pointed = under(event);
    showChosen();
  });
  list.addEventListener("pointerleave", () => {
    pointed = null;
    showChosen();
  });
  list.addEventListener("click", (event) => {
    if (under(event) === null) return;
    pick(under(event));
    slider.focus({ preventScroll: true }); // from here the arrow keys go on
  });

  // ---- The next character --------------------------------------------------------------------

  const rows = Array.from({ length: Math.min(most.candidates, net.tokens.length - 2) }, (_, k) => {
    const name = element("th", { scope: "row", lang: "vi" });
    const fill = element("span", { class: "lw-bar-fill" });
    const p = quantity(`p_next_${k + 1}`);
    const node = element("tr", {}, name,
      element("td", { "aria-hidden": "true" }, element("span", { class: "lw-next-track" }, fill)), element("td", {}, p));
    return { node, name, fill, p };
  });
  const body = element("tbody");
  const column = (label, more = {}) => element("th", { scope: "col", text: label, ...more });
  const next = element("table", { class: "lw-candidates" },
    element("caption", { text: t("next") }),
    element("thead", {}, element("tr", {}, column(t("character")), element("td"), column(t("probability")))),
    body);
  const showNext = () => {
    const p = sharpened(last().logits);
    const best = [...p.keys()].sort((a, b) => p[b] - p[a] || a - b).slice(0, rows.length).filter((k) => p[k] > 0);
    best.forEach((number, k) => {
      const row = rows[k];
      const token = net.tokens[number];
      setText(row.name, nameOf(token));
      row.name.classList.toggle("lw-named", token === " " || token === LINE_END);
      row.fill.style.width = `${(100 * p[number]).toFixed(1)}%`;
      row.p.show(p[number]);
      if (p[number] < 0.0005) setText(row.p, "< 0.001");
    });
    while (body.childElementCount > best.length) body.lastChild.remove();
    for (let k = body.childElementCount; k < best.length; k += 1) body.append(rows[k].node);
  };

  // ---- Reading and writing -------------------------------------------------------------------

  const take = (number, character) => {
    const before = last();
    const step = net.step(before, number);
    const node = element("span", { text: character === LINE_END ? "⏎" : character });
    node.classList.toggle("lw-unknown", number === UNKNOWN);
    node.classList.toggle("lw-line-end", character === LINE_END);
    const item = { character, step, p: probability(before.logits, number), node };
    items.push(item);
    node.classList.toggle("lw-given", items.length <= given());
    fresh.push(item);
  };
  let fresh = []; // read or written, but not on the page yet
  const advance = () => {
    if (queue.length) take(...queue.shift());
    else if (!toWrite) return false;
    else if (written() >= most.written) {
      toWrite = 0;
      view.say(t("full", { count: most.written }));
      return false;
    } else {
      toWrite -= 1;
      const number = draw();
      take(number, net.tokens[number]);
    }
    return true;
  };

  const spoken = element("p", { class: "lw-spoken", "aria-live": "polite" });
  let spokenAt = 0;
  const announce = (line) => {
    setText(spoken, t("spoken", { verse: line.text, count: line.count }));
    spokenAt = performance.now();
  };

  // All that is new comes onto the page; with less motion, not before its line is complete.
  const show = (busy) => {
    if (busy && toWrite && calm.matches && !fresh.some((item) => item.character === LINE_END)) return;
    const before = lines.length;
    const atEnd = box.scrollTop + box.clientHeight >= box.scrollHeight - 40;
    fresh.forEach((item) => {
      paint(item);
      place(item);
    });
    fresh = [];
    showLines();
    showNext();
    showChosen();
    if (atEnd && picked === null && pointed === null) box.scrollTop = box.scrollHeight;
    if (lines.length > before && toWrite && performance.now() - spokenAt > QUIET) announce(lines[lines.length - 2]);
    if (lines.length > before || !busy) tell();
  };
  let busyWriting = false;
  let writtenAt = 0;
  const go = () => {
    frame = 0;
    if (!view.root.isConnected) return;
    const end = performance.now() + SLICE;
    let more = true;
    do {
      if (values.pace === "slow" && toWrite > 1 && !queue.length) {
        if (performance.now() < writtenAt + SLOW) break;
        writtenAt = performance.now();
      }
      more = advance();
    } while (more && performance.now() < end);
    busyWriting ||= toWrite > 0;
    setText(write, t(toWrite > 1 ? "pause" : "write"));
    if (fresh.length || !more || !shownLines) show(more);
    if (more) frame = requestAnimationFrame(go);
    else if (busyWriting) {
      busyWriting = false;
      const line = lines[lines.length - 1].text ? lines[lines.length - 1] : lines[lines.length - 2];
      if (line) announce(line);
    }
  };
  const run = () => {
    if (!frame) go();
  };
  const pause = () => {
    toWrite = 0;
    run();
  };

  // What Python sees of it. The model tells the one who sets it, too.
  let telling = false;
  const put = (changes) => {
    telling = true;
    for (const [key, value] of Object.entries(changes)) model.set(key, value);
    model.save_changes();
    telling = false;
  };
  const tell = () => {
    if (queue.length) return;
    const now = items.slice(given()).map((item) => item.character).join("");
    if (now !== (model.get("written") ?? "")) put({ written: now });
  };

  // The beginning and what was written after it; whatever has been read of that already stays.
  const readAgain = (after) => {
    toWrite = 0;
    read = net.numbers(text, most.read);
    const numberOf = (character) => Math.max(UNKNOWN, net.tokens.indexOf(character));
    const wanted = [...read.characters.map((character, k) => [read.numbers[k + 1], character]), ...[...after].map((character) => [numberOf(character), character])];
    let same = 0;
    while (same < Math.min(items.length, wanted.length) && items[same].character === wanted[same][1]) same += 1;
    items.length = same;
    queue = wanted.slice(same);
    lines.forEach((line) => line.node.remove());
    lines.length = shownLines = 0;
    [picked, pointed] = [null, null];
    newLine();
    fresh = [];
    items.forEach((item, k) => {
      item.node.classList.toggle("lw-given", k < given());
      place(item);
    });
    showNotes();
    run();
  };
  const notes = element("p", { class: "lw-hint" });
  const showNotes = () => {
    const few = read.unknown.slice(0, 8).map((character) => `“${character}”`).join(", ") + (read.unknown.length > 8 ? " …" : "");
    setText(notes, [
      read.characters.length ? "" : t("empty"),
      read.cut ? t("cut", { count: read.characters.length }) : "",
      read.composed ? t("composed") : "",
      read.unknown.length ? t("unknown", { characters: few }) : "",
    ].filter(Boolean).join(" "));
  };

  const accept = (typed, { keepBox = false } = {}) => {
    text = typed;
    if (!keepBox) area.value = typed;
    put({ text: typed, written: "" });
    view.say("");
    readAgain("");
  };
  const area = element("textarea", {
    id: `${view.id}-text`, "data-input": "text", rows: 3, lang: "vi", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    "data-lm-suppress-shortcuts": "true", oninput: () => accept(area.value, { keepBox: true }),
  });
  const examples = (model.get("examples") ?? []).map((beginning, k) => {
    const button = view.button(`example_${k + 1}`, beginning.trim().replace(/\s*\n\s*/g, " / ") || t("nothing"), () => accept(beginning));
    button.lang = "vi";
    return button;
  });

  const write = view.button("write", t("write"), () => {
    view.say("");
    if (toWrite) return pause();
    toWrite = Infinity;
    run();
  });
  const one = view.button("one", t("one"), () => {
    view.say("");
    [toWrite, picked] = [1, null];
    run();
    if (items.length) setText(spoken, nameOf(items[items.length - 1].character));
  });
  const again = view.button("again", t("again"), () => {
    view.say(t("again_done"));
    readAgain("");
  });

  // ---- All of it -----------------------------------------------------------------------------

  let seed = null;
  view.update = () => {
    if (seed !== null && seed !== values.seed) {
      seed = values.seed;
      return readAgain("");
    }
    seed = values.seed;
    if (!read) return;
    repaint();
    showNext();
    showChosen();
  };
  const pace = view.choice("pace", t("pace_label"));
  const buttons = element("div", { class: "lw-buttons" }, write, one, again, pace);
  view.start(
    view.title(),
    element("label", { for: area.id, class: "lw-wide" }, t("text_label"), area),
    notes,
    examples.length ? element("div", { class: "lw-buttons lw-examples", role: "group", "aria-label": t("examples") },
      element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples) : "",
    element("div", { class: "lw-settings" },
      view.control("temperature", t("temperature_label")), view.control("top_k", t("top_k_label")), view.control("seed", t("seed_label"))),
    element("p", { class: "lw-hint", text: t("settings_hint") }),
    buttons,
    element("div", { class: "lw-columns" },
      element("div", {},
        element("p", { class: "lw-head lw-verse-head" }, element("span", { text: t("verses") }), element("span", { text: t("syllables") })),
        box, form),
      next),
    element("div", { class: "lw-columns lw-inside" },
      element("div", {}, view.choice("shown", t("shown_label")), view.control("unit", t("unit_label")), legend),
      chosen),
    spoken);
  for (const name of ["text", "written"]) {
    model.on(`change:${name}`, () => {
      if (telling) return;
      const [typed, after] = [model.get("text"), model.get("written") ?? ""];
      const own = items.slice(read.characters.length).map((item) => item.character).join("");
      if (typed === text && after === own) return;
      text = typed;
      if (area.value !== typed) area.value = typed;
      readAgain(after);
    });
  }
  buttons.after(view.status); // in sight of who writes
  const complaint = view.status.textContent;
  area.value = text;
  readAgain(model.get("written") ?? "");
  repaint();
  if (complaint) view.say(complaint, true);
}

export default { render };
