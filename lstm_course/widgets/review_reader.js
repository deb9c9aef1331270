// ReviewReader: a review as a network reads it, its memory drawn along the text, and what pushes it.

function render({ model, el }) {
  const { element, fixed, quantity, setText, setAttribute, sigmoid } = lstmCore;
  const { quoted, blank, signed } = lstmExplorer;
  const explorer = lstmExplorer.explorer({
    model, el, name: "review_reader", words, ranges, most,
    answer: "p_positive", sides: ["positive", "negative"], rows: 6,
    own: ({ words: found, ahead, behind, short }) => [
      ahead.length ? t("unread_before", { read: found.length, count: ahead.length }) : "",
      behind.length ? t("unread_after", { read: found.length, count: behind.length }) : "",
      short ? t("cut", { letters: most.letters }) : "",
    ],
  });
  const { view, net } = explorer;
  const { t, values } = view;
  const UNREAD = 300; // words that are not read, and are shown
  const LONG = 90; // characters of a sentence in the table

  const first = { text: model.get("text") ?? "", at: model.get("at") ?? null };
  let { at } = first; // the chosen word, from 1; null: where the curve changes most
  let hovered = null; // the word under the mouse
  let shown = null; // explorer.now, when it is on the page
  let found = []; // its words
  let sentences = []; // [from, to] of each
  let course = []; // the curve, word by word
  let changes = []; // where it changes most
  let logits = []; // after each word
  let pushes = []; // of each word

  const chosen = () => (at === null ? changes[0] ?? 0 : Math.min(at, found.length) - 1);
  const looked = () => hovered ?? chosen();
  const numbered = (k) => t("numbered", { word: quoted(found[k].text), k: k + 1 });

  // ---- The text, word by word --------------------------------------------------------------------

  const prose = element("div", {
    class: "lw-prose", role: "listbox", "aria-orientation": "horizontal", "aria-label": t("prose"), "data-lm-suppress-shortcuts": "true",
  });
  const [ahead, behind] = [0, 1].map(() => element("s", { class: "lw-unread" }));
  const hint = element("p", { class: "lw-hint" });
  const wordsTold = element("p", { class: "lw-story" });
  const progress = element("p", { class: "lw-hint" });
  let spans = [];

  const spaced = (word) => (word.before === "\n" ? "\n" : word.before);
  const joined = (list) => list.map((word) => spaced(word) + word.text).join("");
  const layOut = () => {
    const focused = prose.contains(document.activeElement);
    spans = found.map((word, k) => {
      const span = element("span", { role: "option", tabindex: -1, "data-word": k + 1, "aria-describedby": facts.id, text: word.text });
      if (!word.numbers.length) {
        span.dataset.mark = "unknown";
        span.setAttribute("aria-label", `${word.text} (${t("mark_blind")})`);
      }
      return span;
    });
    prose.replaceChildren(...spans.flatMap((span, k) => (k ? [spaced(found[k]), span] : [span])));
    const { ahead: before, behind: after } = explorer.read;
    setText(ahead, (before.length > UNREAD ? "… " : "") + joined(before.slice(-UNREAD)).trim());
    setText(behind, joined(after.slice(0, UNREAD)).trim() + (after.length > UNREAD ? " …" : ""));
    ahead.hidden = !before.length;
    behind.hidden = !after.length;
    if (focused) spans[chosen()]?.focus();
  };

  const LEVELS = { push: () => pushes, p: () => logits.map((logit) => sigmoid(logit) - 0.5), state: () => course };
  const LARGEST = { push: 0.1, p: 0.5, state: 0 }; // the largest at least
  const paint = () => {
    const sizes = LEVELS[values.colour]();
    prose.className = `lw-prose ${values.colour === "state" ? explorer.seriesKind() : ""}`.trim();
    const largest = sizes.reduce((most, size) => Math.max(most, Math.abs(size)), LARGEST[values.colour]) || 1;
    spans.forEach((span, k) => {
      const size = sizes[k] ?? 0;
      const level = `${size < 0 ? "−" : ""}${(Math.abs(size) / largest).toFixed(3)}`;
      if (span.dataset.level === level) return;
      span.dataset.level = level;
      span.style.setProperty("--lw-level", level.replace("−", ""));
    });
  };

  // The word nearest to another one in the next line of the page, up (−1) or down (1).
  const beside = (k, way) => {
    const box = (i) => spans[i].getBoundingClientRect();
    const { left, right, top, bottom } = box(k);
    const middle = (left + right) / 2;
    let [best, line] = [k, null];
    for (let i = k + way; spans[i]; i += way) {
      const other = box(i);
      if (way > 0 ? other.top < bottom - 2 : other.bottom > top + 2) continue; // still its own line
      line ??= other.top;
      if (Math.abs(other.top - line) > 4) break;
      const off = (of) => Math.abs((of.left + of.right) / 2 - middle);
      if (best === k || off(other) < off(box(best))) best = i;
    }
    return best;
  };
  const indexOf = (event) => Number(event.target.closest("[data-word]")?.dataset.word ?? 0) - 1;
  prose.addEventListener("keydown", (event) => {
    const k = indexOf(event);
    if (k < 0 || event.ctrlKey || event.altKey || event.metaKey) return;
    const to = {
      ArrowLeft: () => k - 1, ArrowRight: () => k + 1, Home: () => 0, End: () => spans.length - 1,
      ArrowUp: () => beside(k, -1), ArrowDown: () => beside(k, 1), Enter: () => k, " ": () => k,
    }[event.key];
    if (!to) return;
    event.preventDefault();
    choose(Math.max(0, Math.min(spans.length - 1, to())));
    spans[chosen()].focus();
  });
  prose.addEventListener("click", (event) => {
    if (indexOf(event) < 0) return;
    choose(indexOf(event));
    spans[chosen()].focus();
  });
  prose.addEventListener("pointerover", (event) => {
    if (event.pointerType === "mouse") look(indexOf(event) < 0 ? hovered : indexOf(event));
  });
  prose.addEventListener("pointerleave", () => look(null));

  // ---- The curves ----------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";
  const plot = { width: 640, left: 44, right: 12, top: 20, middle: 150, second: 186, bottom: 276, height: 300 };
  const holder = element("div", { class: "lw-course", role: "img" });
  const svg = holder.appendChild(document.createElementNS(SVG, "svg"));
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  svg.innerHTML =
    '<path class="lw-bands"/><g class="lw-scale"></g><g class="lw-drawn"><path/><polyline/></g><g class="lw-answer"><path/><polyline/></g>' +
    '<g class="lw-cursor"><path/><circle r="4.5"/><circle r="4.5"/><text y="12"/></g><g class="lw-changes"></g>';
  const [bands, scale, drawn, answered, cursor, marks] = svg.children;
  const curveTitle = element("p", { class: "lw-course-title" });
  const changeButtons = element("p", { class: "lw-buttons" });
  const told = element("p", { class: "lw-hint" });

  const px = (k) => plot.left + (plot.width - plot.left - plot.right) * (found.length > 1 ? k / (found.length - 1) : 0.5);
  const between = (top, bottom, low, high) => (value) => top + ((bottom - top) * (high - value)) / (high - low);
  const half = between(plot.second, plot.bottom, 0, 1); // of probabilities
  let py = half; // of the curve

  // Steps of 1, 2 or 5 times a power of ten, at most four from the lowest value to the highest.
  const ticks = (low, high) => {
    const power = 10 ** Math.floor(Math.log10((high - low) / 4));
    const step = [1, 2, 5, 10].map((times) => times * power).find((size) => (high - low) / size <= 4);
    const [from, to] = [Math.floor(low / step + 1e-9), Math.ceil(high / step - 1e-9)];
    const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return { digits, at: Array.from({ length: to - from + 1 }, (_, n) => (from + n) * step) };
  };
  const line = (group, values, py, zero) => {
    const points = values.map((value, k) => `${px(k).toFixed(1)},${py(value).toFixed(1)}`);
    group.children[1].setAttribute("points", points.join(" "));
    const area = points.length ? `M${px(0).toFixed(1)} ${py(zero)}L${points.join(" ")}L${px(points.length - 1).toFixed(1)} ${py(zero)}Z` : "";
    group.children[0].setAttribute("d", area);
  };
  const label = (x, y, text, anchor) => `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}">${text}</text>`;

  const drawScale = () => {
    plot.width = Math.max(240, holder.clientWidth || 640);
    setAttribute(svg, "viewBox", `0 0 ${plot.width} ${plot.height}`);
    const [left, right] = [plot.left, plot.width - plot.right];
    const gates = "fio".includes(values.gate);
    const [low, high] = gates ? [0, 1] : [Math.min(0, ...course), Math.max(0, ...course)];
    const marked = ticks(low, high > low ? high : low + 1);
    py = between(plot.top, plot.middle, marked.at[0], marked.at.at(-1));
    const rows = marked.at.map((value) => [py(value), fixed(value, marked.digits), value === 0]);
    const parts = [...rows, ...[0, 0.5, 1].map((value) => [half(value), value, value === 0.5])].map(([y, text, base]) =>
      `<path class="${base ? "lw-base" : ""}" d="M${left} ${y.toFixed(1)}H${right}"/>${label(left - 6, y + 4, text, "end")}`);
    const every = [1, 2, 5, 10, 20, 50, 100].find((step) => (found.length / step) * 42 <= right - left) ?? 100;
    for (let k = every === 1 ? 1 : every; k <= found.length; k += every) {
      parts.push(`<path d="M${px(k - 1).toFixed(1)} ${plot.bottom}v5"/>${label(px(k - 1), plot.bottom + 18, k, "middle")}`);
    }
    scale.innerHTML = parts.join("");
    const name = scale.appendChild(document.createElementNS(SVG, "text"));
    name.setAttribute("class", "lw-name");
    name.setAttribute("x", left);
    name.setAttribute("y", plot.second - 9);
    name.textContent = t("p_label");
    const edge = (k) => (k <= 0 ? px(0) : k >= found.length ? px(found.length - 1) : (px(k - 1) + px(k)) / 2).toFixed(1);
    bands.setAttribute("d", sentences.filter((_, n) => n % 2).map(([from, to]) => `M${edge(from)} ${plot.top}H${edge(to)}V${plot.bottom}H${edge(from)}Z`).join(""));
  };
  const drawAnswer = () => line(answered, logits.map(sigmoid), half, 0.5);

  // The word that is read before word k: itself, where there is none.
  const before = (k) => (values.direction === "forward" ? Math.max(0, k - 1) : Math.min(course.length - 1, k + 1));
  const ends = (list) => {
    const at = (value) => list.indexOf(value);
    const [high, low] = [Math.max(...list), Math.min(...list)];
    return { high: numbered(at(high)), high_value: fixed(high), low: numbered(at(low)), low_value: fixed(low) };
  };
  const tell = () => {
    const what = t(`gate_${values.gate}`);
    const p = logits.map(sigmoid);
    const [most] = changes;
    const story = [
      ...explorer.seriesTold(),
      t("course_told", { what, ...ends(course), change: numbered(most), before: fixed(course[before(most)]), after: fixed(course[most]) }),
      p.length === found.length ? t("p_told", { first: fixed(p[0]), last: fixed(p.at(-1)), ...ends(p) }) : "",
    ].join(" ").trim();
    setText(told, story);
    setAttribute(holder, "aria-label", story);
  };
  const showCourse = () => {
    course = explorer.series();
    const size = (k) => Math.abs(course[k] - course[before(k)]);
    changes = [];
    for (const k of [...course.keys()].sort((a, b) => size(b) - size(a) || a - b)) {
      if (changes.length < changed.most && changes.every((other) => Math.abs(k - other) >= changed.apart)) changes.push(k);
    }
    holder.className = `lw-course ${explorer.seriesKind()}`;
    setText(curveTitle, `${t(`gate_${values.gate}`)} · ${explorer.seriesTold()[0]}`);
    drawScale();
    line(drawn, course, py, 0);
    drawAnswer();
    marks.innerHTML = changes.map((k, n) => {
      const up = course[k] >= course[before(k)] ? -14 : 14;
      const y = Math.max(plot.top + 2, Math.min(plot.middle - 2, py(course[k]) + up));
      return `<circle cx="${px(k).toFixed(1)}" cy="${y.toFixed(1)}" r="8"/>${label(px(k), y + 4, n + 1, "middle")}`;
    }).join("");
    changeButtons.replaceChildren(element("span", { class: "lw-hint", text: `${t("changes")}:` }), ...changes.map((k, n) => {
      const button = view.button(`change_${n + 1}`, `${n + 1}  `, () => choose(k));
      button.append(element("span", { lang: values.text_lang, text: quoted(found[k].text) }), ` ${signed(course[k] - course[before(k)], 3)}`);
      return button;
    }));
    tell();
  };

  const nearest = (event) => {
    const box = svg.getBoundingClientRect();
    const x = ((event.clientX - box.left) / box.width) * plot.width;
    const share = (x - plot.left) / (plot.width - plot.left - plot.right);
    return Math.max(0, Math.min(found.length - 1, Math.round(share * (found.length - 1))));
  };
  holder.addEventListener("pointermove", (event) => (event.pointerType === "mouse" ? look : choose)(nearest(event)));
  holder.addEventListener("pointerdown", (event) => choose(nearest(event)));
  holder.addEventListener("pointerleave", () => look(null));
  new ResizeObserver(() => {
    if (shown && holder.clientWidth && holder.clientWidth !== plot.width) view.update();
  }).observe(holder);

  // ---- One word looked at --------------------------------------------------------------------------

  const head = element("p", { class: "lw-head" });
  const headWord = element("span", { class: "lw-looked" });
  const headPlace = element("span", { class: "lw-hint" });
  head.append(headWord, " ", headPlace);
  const after = quantity("p_after");
  const push = quantity("push");
  const gates = Object.fromEntries([..."figoch"].map((gate) => [gate, quantity(gate)]));
  const fact = (name, node) => element("span", { class: "lw-fact" }, name, " = ", node);
  const facts = element("p", { class: "lw-facts", id: `${view.id}-facts` }, fact(t("p_after"), after), " ", fact(t("its_push"), push));
  const cell = element("p", { class: "lw-hint" });

  const showLooked = () => {
    if (!found.length) return;
    const k = looked();
    const word = found[k];
    setText(headWord, quoted(word.text));
    setAttribute(headWord, "lang", values.text_lang);
    setText(headPlace, t("of", { value: k + 1, high: found.length }) + (word.numbers.length ? "" : ` · ${t("mark_blind")}`));
    if (k in logits) after.show(sigmoid(logits[k]));
    else blank(after);
    if (k in pushes) {
      setText(push, signed(pushes[k]));
      setAttribute(push, "data-value", pushes[k]);
    } else blank(push);
    for (const [gate, output] of Object.entries(gates)) output.show(explorer.value(k, gate));
    setText(cell, explorer.seriesTold().join(" "));
    spans.forEach((span, i) => {
      setAttribute(span, "aria-selected", i === k);
      setAttribute(span, "tabindex", i === chosen() ? 0 : -1);
    });
    slider.max = found.length;
    if (Number(slider.value) !== k + 1) slider.value = k + 1;
    slider.setAttribute("aria-valuetext", [numbered(k), facts.textContent].join(", "));
    const [x, [rule, one, two, name]] = [px(k).toFixed(1), cursor.children];
    rule.setAttribute("d", `M${x} ${plot.top - 4}V${plot.bottom}`);
    for (const [dot, y] of [[one, py(course[k])], [two, k in logits ? half(sigmoid(logits[k])) : -99]]) {
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", y.toFixed(1));
    }
    name.setAttribute("x", x);
    name.setAttribute("text-anchor", x < 90 ? "start" : x > plot.width - 90 ? "end" : "middle");
    setText(name, word.text.slice(0, 24));
  };
  const look = (k) => {
    if (k === hovered) return;
    hovered = k;
    showLooked();
  };
  const choose = (k) => {
    hovered = null;
    at = k + 1;
    model.set("at", at);
    model.save_changes();
    showLooked();
  };
  const slider = element("input", {
    type: "range", id: `${view.id}-at`, min: 1, max: 1, step: 1, "data-input": "at", "data-lm-suppress-shortcuts": "true",
    oninput: () => choose(Number(slider.value) - 1),
  });

  // ---- The unit that tells most ----------------------------------------------------------------------

  let asked = false; // while the probabilities are not there yet
  const find = () => {
    asked = logits.length < found.length;
    if (asked) return;
    const mean = (list) => list.reduce((sum, value) => sum + value, 0) / list.length;
    const off = (list) => list.map((value) => value - mean(list));
    const product = (a, b) => a.reduce((sum, value, k) => sum + value * b[k], 0);
    const centred = off(logits);
    let best = null;
    for (let unit = 1; unit <= net.units; unit += 1) {
      const states = off(explorer.series("c", unit));
      const size = Math.sqrt(product(states, states) * product(centred, centred));
      const r = size > 0 ? product(states, centred) / size : 0;
      if (size > 0 && (!best || Math.abs(r) > Math.abs(best.r))) best = { unit, r };
    }
    if (best) view.set({ gate: "c", unit: best.unit });
    view.say(best ? t("found", { unit: best.unit, r: fixed(best.r) }) : t("found_none"));
  };

  // ---- All of it -------------------------------------------------------------------------------------

  const table = explorer.pushTable("sentence", t("sentences"), t("sentence"));

  function* explain() {
    const { now } = explorer;
    shown = now;
    ({ found } = explorer);
    hovered = null;
    logits = [];
    pushes = [];
    sentences = lstmReading.sentences(found);
    rest.forEach((part) => { part.hidden = !found.length; });
    layOut();
    table.begin(sentences.map(([from, to]) => {
      const text = joined(found.slice(from, to)).trim();
      return text.length > LONG ? `${text.slice(0, LONG)}…` : text;
    }));
    setText(wordsTold, "");
    setText(progress, "");
    setAttribute(wordsTold, "aria-busy", found.length > 0);
    if (!found.length) return;
    showCourse();
    paint();
    showLooked();
    yield;
    const whole = now.logits[0];
    const without = [];
    for (const [from, to] of sentences) {
      without.push(whole - now.without(from, to)[0]);
      yield;
    }
    table.show(without);
    for (let k = 0; k < found.length; k += 1) {
      logits.push(now.prefix(k + 1)[0]);
      yield;
    }
    drawAnswer();
    tell();
    showLooked();
    if (values.colour === "p") paint();
    if (asked) find();
    const start = performance.now();
    for (let k = 0; k < found.length; k += 1) {
      pushes.push(whole - now.without(k)[0]);
      if (k % 20 === 19) {
        if (values.colour === "push") paint();
        if (performance.now() - start > 2000) setText(progress, t("progress", { done: k + 1, count: found.length }));
      }
      yield;
    }
    setText(progress, "");
    setAttribute(wordsTold, "aria-busy", false);
    setText(wordsTold, explorer.strongest(pushes, (k) => found[k].text));
    paint();
    showLooked();
  }

  view.update = () => {
    explorer.speaks(values.text_lang);
    for (const node of [prose, ahead, behind]) setAttribute(node, "lang", values.text_lang);
    setText(hint, `${t(`colour_${values.colour}_hint`)} ${t("legend")}`);
    if (!found.length || shown !== explorer.now) return; // the text comes after the rest
    showCourse();
    paint();
    showLooked();
  };
  explorer.typed = (text) => {
    at = text === first.text ? first.at : null;
    asked = false;
    model.set("at", at);
  };
  model.on("change:at", () => {
    if (model.get("at") === at) return;
    at = model.get("at") ?? null;
    showLooked();
  });

  const { gate, direction, unit } = explorer.controls;
  const rest = [
    element("section", {}, element("p", { class: "lw-part", text: t("prose") }),
      element("div", { class: "lw-columns" },
        element("div", {}, view.choice("colour", t("colour_label")), gate, direction),
        element("div", {}, unit, element("p", { class: "lw-buttons" }, view.button("find", t("find"), find)))),
      hint,
      element("div", {}, ahead, prose, behind, curveTitle, holder,
        element("div", { class: "lw-at" }, slider, element("label", { for: slider.id, text: t("at_label") })),
        element("div", { class: "lw-card lw-reading" }, head,
          facts,
          element("p", { class: "lw-facts" }, ...Object.entries(gates).map(([name, output]) => fact(element("i", { text: name }), output))),
          cell)),
      changeButtons, told, progress, wordsTold),
    element("section", {}, table.node, element("p", { class: "lw-hint", text: t("sentence_hint") }), table.summary),
  ];
  explorer.start(t(`text_label_${model.get("text_lang") === "vi" ? "vi" : "en"}`), explain, ...rest);
}

export default { render };
