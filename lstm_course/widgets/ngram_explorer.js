// NGramExplorer: what an n-gram model expects next, and which counts it says so from.

function render({ model, el }) {
  const { element, fixed, quantity, setText } = lstmCore;
  const counted = unpack(model.get("data"));
  const limit = structuredClone(ranges);
  limit.order.max = limit.order.start = counted.order;
  const view = lstmCore.view({ model, el, name: "ngram_explorer", words, ranges: limit });
  const { t, values } = view;
  const { tokens, ids, boundaries } = counted;
  const characters = model.get("unit") === "characters";
  const SHOWN = 10;
  const LONGEST = 4000; // characters of a pasted text that are still looked at

  const first = { history: model.get("history") ?? "", lineStart: model.get("line_start") ?? true };
  let { history, lineStart } = first;
  let now = null; // what was last computed: { ids, context, p, levels }

  // ---- From what is typed to tokens: read_tokens() in ngram_explorer.py ----------------------

  const typed = Object.fromEntries(Object.entries(newLine).map(([token, shown]) => [shown, token]));
  const pieceOf = characters
    ? new RegExp(`${special.unknown}|[^]`, "gu")
    : new RegExp(`${special.unknown}|[\\p{L}\\p{N}]+(?:[_'’-][\\p{L}\\p{N}]+)*|[^\\p{L}\\p{N}_\\s]`, "gu");
  // One piece as [what stands there, number of its token] pairs.
  const readPiece = (piece) => {
    for (const spelling of [piece, piece.toLowerCase()]) if (ids.has(spelling)) return [[piece, ids.get(spelling)]];
    const parts = piece.match(/[\p{L}\p{N}]+/gu) ?? [];
    if (characters || parts[0] === piece) return [[piece, ids.get(special.unknown)]];
    return parts.flatMap(readPiece);
  };
  const read = (text) => {
    let tail = text.slice(-LONGEST);
    if (tail.length < text.length && !characters) tail = tail.replace(/^\S*\s/, "");
    const pieces = tail.normalize("NFC").match(pieceOf) ?? [];
    return pieces.map((piece) => (characters ? typed[piece] ?? piece : piece)).flatMap(readPiece);
  };

  const shown = (id) => {
    const token = tokens[id] ?? special.start;
    return token === special.end ? t("end") : token === special.unknown ? t("unknown") : newLine[token] ?? (token === " " ? "␣" : token);
  };
  const spelled = (context) =>
    context.map((id) => (tokens[id] === special.unknown ? special.unknown : shown(id))).join(characters ? "" : " ");

  // ---- The model as the controls stand -------------------------------------------------------

  const weights = model.get("weights") ?? [];
  const settings = () => ({ order: values.order, smoothing: values.smoothing, k: values.k, weights: weights[values.order - 1] });
  const contextOf = (before) => {
    const padded = lineStart && boundaries ? [...Array(values.order - 1).fill(tokens.length), ...before] : before;
    return values.order > 1 ? padded.slice(1 - values.order) : [];
  };
  // The random number of a seed at a place of the line: one step of mulberry32. Python's are others.
  const random = (seed, place) => {
    const a = (Math.imul(seed, 0x9e3779b1) + Math.imul(place + 1, 0x6d2b79f5)) | 0;
    let r = Math.imul(a ^ (a >>> 15), 1 | a);
    r = (r + Math.imul(r ^ (r >>> 7), 61 | r)) ^ r;
    return ((r ^ (r >>> 14)) >>> 0) / 4294967296;
  };
  // The token that the seed draws after these; null where nothing was ever seen.
  const draw = (before) => {
    const { p } = counted.distribution(contextOf(before), settings());
    if (!p) return null;
    let left = random(values.seed, before.length);
    let last = 0;
    for (let id = 0; id < p.length; id += 1) {
      if (p[id] <= 0) continue;
      last = id;
      left -= p[id];
      if (left < 0) break;
    }
    return last;
  };

  // ---- Changing the history ------------------------------------------------------------------

  const accept = (text, { keepBox = false, fromModel = false } = {}) => {
    history = text;
    // A box of one line drops line breaks, and with them the space between two words.
    if (!keepBox) box.value = characters ? text.replace(/\n/g, newLine["\n"]) : text.replace(/\s+/g, " ");
    if (!fromModel) {
      model.set("history", text);
      model.save_changes();
    }
    view.say("");
    view.update();
  };
  const spelling = (id) => (characters ? newLine[tokens[id]] ?? tokens[id] : tokens[id]);
  const join = (text, id) => (characters ? text + spelling(id) : `${text.trimEnd()} ${spelling(id)}`.trimStart());
  const append = (id) => {
    if (id === null) return view.say(t("no_distribution"), true);
    if (tokens[id] === special.end) return view.say(t("line_ends"));
    accept(join(history, id));
  };
  const writeLine = () => {
    written = values.seed;
    setLineStart(true);
    let text = "";
    const line = [];
    while (line.length < special.most) {
      const id = draw(line);
      if (id === null || tokens[id] === special.end || tokens[id] === "\n") break;
      line.push(id);
      text = join(text, id);
    }
    accept(text);
    view.say(t("line_written", { seed: values.seed, count: line.length }));
  };
  const setLineStart = (on, fromModel = false) => {
    lineStart = on;
    start.checked = on;
    if (!fromModel) {
      model.set("line_start", on);
      model.save_changes();
    }
  };

  const live = () => accept(box.value, { keepBox: true });
  const box = view.textBox({ id: `${view.id}-text`, "data-input": "text", spellcheck: "false", autocapitalize: "off", oninput: live }, () => {
    if (box.value !== history) live();
  });

  // ---- Controls ------------------------------------------------------------------------------

  const orders = Array.from({ length: counted.order }, (_, k) => {
    const input = element("input", {
      type: "radio", name: `${view.id}-order`, value: k + 1, "data-input": "order", "data-lm-suppress-shortcuts": "true",
      onchange: () => view.set({ order: k + 1 }),
    });
    const label = k < 3 ? t(["unigram", "bigram", "trigram"][k]) : `${k + 1}-gram`;
    return [input, element("label", { class: "lw-radio" }, input, ` ${k + 1} · ${label}`)];
  });
  const orderControl = element("fieldset", { class: "lw-orders" },
    element("legend", { text: t("order_label") }), ...orders.map(([, label]) => label));
  orderControl.show = (order) => { orders[order - 1][0].checked = true; };
  view.controls.order = orderControl;

  const start = element("input", {
    type: "checkbox", "data-input": "line_start", "data-lm-suppress-shortcuts": "true",
    onchange: () => {
      setLineStart(start.checked);
      view.update();
    },
  });

  const k = view.control("k", t("k_label"), "k");
  const kPlace = element("div"); // only add-k has a k
  const seed = view.control("seed", t("seed_label"));
  let written = null;
  let seedBefore = null;
  const write = view.button("line", t("write_line"), () => {
    if (written === values.seed) view.set({ seed: (values.seed % limit.seed.max) + 1 });
    else writeLine();
  });
  const examples = (model.get("examples") ?? []).map((text, i) => view.button(`example_${i + 1}`, text, () => accept(text)));
  const reset = view.button("reset", t("reset"), () => {
    written = null;
    seedBefore = view.initial.seed;
    setLineStart(first.lineStart);
    history = first.history;
    view.set(view.initial);
    accept(history);
    view.say(t("reset_done"));
  });

  // ---- What it shows -------------------------------------------------------------------------

  const reading = element("p", { class: "lw-hint" });
  const summary = element("p", { class: "lw-story", "aria-live": "polite" });
  const note = element("p", { class: "lw-hint" });
  const entropy = quantity("entropy");
  const together = quantity("p_shown");
  const facts = element("p", { class: "lw-fact" });
  const factsOfNext = [`${t("entropy")}: `, entropy, ` ${t("bits")} · ${t("p_shown")}: `, together];
  const rows = Array.from({ length: Math.min(SHOWN, tokens.length) }, (_, i) => {
    const next = view.button(`next_${i + 1}`, "–", () => append(now.top[i]));
    const fill = element("span", { class: "lw-next-fill" });
    const p = quantity(`p_${i + 1}`, 4);
    const count = quantity(`count_${i + 1}`, 0);
    const shorter = element("span");
    const node = element("tr", {},
      element("th", { scope: "row" }, next),
      element("td", { class: "lw-next-bar", "aria-hidden": "true" }, fill),
      element("td", {}, p),
      element("td", {}, count, shorter));
    return { node, next, fill, p, count, shorter };
  });
  const head = (...parts) => element("thead", {}, element("tr", {}, ...parts));
  const column = (text, more = {}) => element("th", { scope: "col", text, ...more });
  const countHead = element("span", { class: "lw-hint" });
  const body = element("tbody");
  const list = element("table", { class: "lw-next" }, element("caption", { text: t("list_caption") }),
    head(column(t("next_token")), element("td"), column(t("probability")),
      element("th", { scope: "col" }, t("count"), " ", countHead)),
    body);
  const chainBody = element("tbody");
  const chain = element("table", { class: "lw-chain" }, element("caption", { text: t("chain") }),
    head(column(t("order_short")), column(t("after")), column(t("seen")), column(t("distinct")), column(t("weight"))),
    chainBody);

  const showReading = (pairs, context) => {
    const used = Math.min(values.order - 1, pairs.length);
    const looked = pairs.slice(pairs.length - used);
    const starts = context.slice(0, context.length - used).map(shown);
    const parts = [...starts, ...looked.map(([text, id]) =>
      tokens[id] === special.unknown ? `${newLine[text] ?? text} (${t("unknown")})` : shown(id))];
    const nothing = values.order === 1 ? t("looks_at_nothing") : t("looks_at_empty");
    const unknown = looked.some(([, id]) => tokens[id] === special.unknown);
    setText(reading, [
      parts.length ? t("looks_at", { tokens: parts.join(" · ") }) : nothing,
      used < pairs.length && values.order > 1 ? t("only_the_last", { count: used }) : "",
      unknown ? t("unknown_note") : "",
    ].filter(Boolean).join(" "));
  };

  const showList = (p, context) => {
    const top = largest(p, rows.length);
    now.top = top;
    const byOrder = top.map((id) => counted.counts(context, id));
    setText(countHead, context.length ? `n = ${byOrder[0].map((_, i) => context.length + 1 - i).join(" · ")}` : "");
    rows.forEach((row, i) => {
      const id = top[i];
      setText(row.next, shown(id));
      row.fill.style.width = `${((100 * p[id]) / p[top[0]]).toFixed(1)}%`;
      row.p.show(p[id]);
      row.count.show(byOrder[i][0]);
      setText(row.shorter, byOrder[i].slice(1).map((count) => ` · ${count}`).join(""));
    });
    let bits = 0;
    for (const x of p) if (x > 0) bits -= x * Math.log2(x);
    entropy.show(bits);
    together.show(top.reduce((sum, id) => sum + p[id], 0));
    return top[0];
  };

  const showChain = (levels) => {
    chainBody.replaceChildren(...levels.map(({ order, history: suffix, total, distinct, weight }) => {
      const output = quantity(`weight_${order}`);
      output.show(weight);
      if (order === 0) return element("tr", {}, element("td", { text: "0" }), element("td", { colspan: 3, text: t("uniform", { size: tokens.length }) }), element("td", {}, output));
      const seen = quantity(`total_${order}`, 0);
      seen.show(total);
      const distinctly = quantity(`distinct_${order}`, 0);
      distinctly.show(distinct);
      return element("tr", {},
        element("td", { text: String(order) }),
        element("td", { text: suffix.length ? `“${spelled(suffix)}”` : t("anywhere") }),
        element("td", {}, seen, total ? "" : ` (${t("never")})`),
        element("td", {}, distinctly),
        element("td", {}, output));
    }));
  };

  view.update = () => {
    if (seedBefore === null) seedBefore = values.seed;
    if (values.seed !== seedBefore) {
      seedBefore = values.seed;
      return writeLine();
    }
    const pairs = read(history);
    const context = contextOf(pairs.map(([, id]) => id));
    now = { context, ...counted.distribution(context, settings()) };
    const withK = values.smoothing === "add_k";
    if (withK !== k.isConnected) kPlace.replaceChildren(...(withK ? [k] : []));
    setText(note, t(`note_${values.smoothing}`));
    showReading(pairs, context);
    const after = context.length ? `“${spelled(context)}”` : t("anywhere");
    // No distribution, no numbers; otherwise the rows stay where they are, and the focus with them.
    list.hidden = !now.p;
    if (!now.p || !body.hasChildNodes()) {
      body.replaceChildren(...(now.p ? rows.map((row) => row.node) : []));
      facts.replaceChildren(...(now.p ? factsOfNext : []));
    }
    if (now.p) {
      const best = showList(now.p, context);
      const alike = now.p.every((x) => x === now.p[best]);
      setText(summary, t(alike ? "summary_alike" : "summary", { after, token: shown(best), p: fixed(now.p[best], 4), total: now.levels[0].total }));
    } else setText(summary, t("no_distribution_after", { after }));
    showChain(now.levels);
  };

  view.start(
    view.title(),
    element("label", { for: box.id, class: "lw-wide" }, t("history_label"), box),
    examples.length ? element("div", { class: "lw-buttons", role: "group", "aria-label": t("examples") },
      element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples) : "",
    reading,
    element("div", { class: "lw-columns" },
      element("div", {}, orderControl, view.choice("smoothing", t("smoothing_label")), note, kPlace,
        boundaries ? element("div", {}, element("label", { class: "lw-radio" }, start, ` ${t("line_start_label")}`)) : "",
        element("div", { class: "lw-buttons" },
          view.button("more", t("one_more"), () => append(draw(read(history).map(([, id]) => id)))), write, reset),
        seed),
      element("div", {}, summary, list, facts)),
    element("div", { class: "lw-scroll" }, chain));
  for (const key of ["history", "line_start"]) {
    model.on(`change:${key}`, () => {
      if (key === "history" && model.get(key) !== history) accept(model.get(key), { fromModel: true });
      if (key === "line_start" && model.get(key) !== lineStart) {
        setLineStart(model.get(key), true);
        view.update();
      }
    });
  }
  setLineStart(lineStart, true);
  const complaint = view.status.textContent;
  accept(history, { fromModel: true });
  if (complaint) view.say(complaint, true);
}

// Numbers of the largest values, the largest first; of equal ones, the first.
function largest(p, size) {
  const best = [];
  for (let id = 0; id < p.length; id += 1) {
    if (best.length === size && p[id] <= p[best[size - 1]]) continue;
    let place = best.length;
    while (place > 0 && p[best[place - 1]] < p[id]) place -= 1;
    best.splice(place, 0, id);
    if (best.length > size) best.pop();
  }
  return best;
}

// The packed counts, and every smoothing of ngram.py computed from them. Tokens are numbers here,
// <s> is the number after the last; a history is one number too, its tokens its digits.
function unpack(data) {
  const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0));
  let at = 0;
  const next = () => {
    let number = 0;
    let scale = 1;
    for (; bytes[at] > 127; at += 1, scale *= 128) number += (bytes[at] & 127) * scale;
    number += bytes[at] * scale;
    at += 1;
    return number;
  };
  const [order, boundaries, size] = [next(), next() === 1, next()];
  const tokens = boundaries ? [special.unknown, special.end] : [special.unknown];
  const utf8 = new TextDecoder();
  for (let i = 0; i < size; i += 1) {
    const length = next();
    tokens.push(utf8.decode(bytes.subarray(at, (at += length))));
  }
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const base = tokens.length + 1;
  const key = (history) => history.reduce((number, id) => number * base + id, 0);

  // raw[n]: of each history of n - 1 tokens, how often which token came after it.
  const tables = () => Array.from({ length: order + 1 }, () => new Map());
  const [raw, left] = [tables(), tables()];
  const openings = Array.from({ length: order + 1 }, () => []);
  const add = (table, history, token, count) => {
    let row = table.get(history);
    if (!row) table.set(history, (row = new Map()));
    row.set(token, (row.get(token) ?? 0) + count);
  };
  const ngram = [];
  const tree = (length) => {
    let id = 0;
    for (let branches = next(); branches > 0; branches -= 1) {
      id += next();
      if (ngram.length + 1 < length) {
        ngram.push(id);
        tree(length);
        ngram.pop();
        continue;
      }
      const count = next();
      for (let n = 1; n <= length; n += 1) add(raw[n], key(ngram.slice(length - n)), id, count);
      if (length < order) openings[length].push([...ngram, id]);
    }
  };
  for (let length = 1; length <= order; length += 1) tree(length);
  // left[n]: how many different tokens stood before each n-gram (Kneser & Ney).
  for (let n = 1; n < order; n += 1) {
    for (const [history, row] of raw[n + 1]) for (const token of row.keys()) add(left[n], history % base ** (n - 1), token, 1);
    for (const opening of openings[n]) add(left[n], key(opening.slice(0, -1)), opening[n - 1], 1);
  }

  const sum = (row) => {
    let total = 0;
    for (const count of row.values()) total += count;
    return total;
  };
  const known = new Map();
  const discounts = (table, three) => {
    if (!known.has(table)) {
      const n = [0, 0, 0, 0, 0];
      for (const row of table.values()) for (const count of row.values()) if (count < 5) n[count] += 1;
      const y = n[1] / (n[1] + 2 * n[2]);
      const exact = [1 - (2 * y * n[2]) / n[1], 2 - (3 * y * n[3]) / n[2], 3 - (4 * y * n[4]) / n[3]];
      known.set(table, {
        one: y > 0 && y < 1 ? [y] : [0.5],
        three: exact.every((d, i) => d > 0 && d < i + 1) ? exact : [0.5, 1, 1.5],
      });
    }
    return known.get(table)[three ? "three" : "one"];
  };

  // P(w | h) = own(count(h w)) / divisor + lower * P(w | shorter h), for one order.
  const rule = (n, { order: highest, smoothing, k, weights }, history) => {
    const kneserNey = smoothing.endsWith("kneser_ney");
    const table = kneserNey && n < highest ? left[n] : raw[n];
    const row = table.get(key(history));
    if (!row) return null;
    const total = sum(row);
    const whole = (count) => count;
    if (smoothing === "none") return { row, own: whole, divisor: total, lower: 0 };
    if (smoothing === "add_k") {
      const added = k * tokens.length;
      return { row, own: whole, divisor: total + added, lower: added / (total + added) };
    }
    if (smoothing === "interpolation") {
      const below = weights.slice(0, n).reduce((all, weight) => all + weight, 0);
      const trust = weights[n] ? weights[n] / (below + weights[n]) : 0;
      return { row, own: whole, divisor: trust ? total / trust : Infinity, lower: 1 - trust };
    }
    if (smoothing === "witten_bell") return { row, own: whole, divisor: total + row.size, lower: row.size / (total + row.size) };
    const d = discounts(table, smoothing === "modified_kneser_ney");
    const own = (count) => count - d[Math.min(count, d.length) - 1];
    let taken = 0;
    for (const count of row.values()) taken += count - own(count);
    return { row, own, divisor: total, lower: taken / total };
  };

  // P of every token after a context, and what each order knows and says; p is null where
  // nothing smooths and the history was never seen.
  function distribution(context, settings) {
    const longest = context.length + 1;
    const alone = settings.smoothing === "none" || settings.smoothing === "add_k";
    const rules = [];
    for (let n = alone ? longest : 1; n <= longest; n += 1) {
      const found = rule(n, settings, context.slice(longest - n));
      if (!found) break;
      rules[n] = found;
    }
    const none = settings.smoothing === "none" && !rules[longest];
    const p = none ? null : new Float64Array(tokens.length).fill(1 / tokens.length);
    for (const level of none ? [] : rules) {
      if (!level) continue;
      for (let id = 0; id < p.length; id += 1) p[id] *= level.lower;
      for (const [id, count] of level.row) p[id] += level.own(count) / level.divisor;
    }
    const levels = [];
    let share = none ? 0 : 1;
    for (let n = longest; n > 0; n -= 1) {
      const history = context.slice(longest - n);
      const row = raw[n].get(key(history));
      const lower = rules[n]?.lower ?? 1;
      levels.push({ order: n, history, total: row ? sum(row) : 0, distinct: row?.size ?? 0, weight: share * (1 - lower) });
      share *= lower;
    }
    levels.push({ order: 0, history: [], total: 0, distinct: 0, weight: share });
    return { p, levels };
  }

  // How often a token came after the context and its shorter ends, the longest first.
  const counts = (context, id) =>
    Array.from({ length: context.length + 1 }, (_, i) => raw[context.length + 1 - i].get(key(context.slice(i)))?.get(id) ?? 0);

  return { order, boundaries, tokens, ids, distribution, counts };
}

export default { render };
