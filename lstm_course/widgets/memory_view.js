// MemoryView: how far back a character model looks, by the gradients of one prediction.

function render({ model, el }) {
  const { element, fixed, powerOfTen, quantity, scientific, setText, setAttribute } = lstmCore;
  const view = lstmCore.view({ model, el, name: "memory_view", words, ranges });
  const { t, values } = view;
  const later = lstmNetwork.inFrames();

  // ---- The networks, each with what it has computed for this text --------------------------------

  const given = Object.keys(model.get("network"));
  const several = given.length > 1;
  const networks = given.map((name) => ({ name, net: lstmLanguage.network(model.get("network")[name]), numbers: [], states: [], sizes: new Map() }));
  let current = networks[0];

  // What it has in common with the text before stays computed.
  const read = (network, text) => {
    const found = network.net.numbers(text);
    const numbers = found.numbers.slice(0, most + 1);
    const other = numbers.findIndex((number, k) => number !== network.numbers[k]);
    network.states.length = Math.min(network.states.length, other < 0 ? numbers.length : other);
    network.numbers = numbers;
    network.sizes.clear();
    return found;
  };
  const statesUntil = (network, k) => {
    const { net, numbers, states } = network;
    while (states.length <= k) states.push(net.step(states.at(-1) ?? net.start(), numbers[states.length]));
    return states;
  };
  // By distance from the predicted character: sizes[0] is the last one read.
  const sizesAt = (network, k) => {
    if (!network.sizes.has(k)) {
      const states = statesUntil(network, Math.min(k + 1, network.numbers.length - 1)); // and what follows
      network.sizes.set(k, [...network.net.gradients(states, k)].reverse());
    }
    return network.sizes.get(k);
  };
  const prediction = (network, k) => {
    const { logits } = statesUntil(network, k)[k];
    const most = Math.max(...logits);
    const number = network.numbers[k + 1] ?? logits.indexOf(most);
    const sum = logits.reduce((all, logit) => all + Math.exp(logit - most), 0);
    return { p: Math.exp(logits[number] - most) / sum, character: characters[k + 1] ?? network.net.tokens[number] };
  };
  const within = (sizes, share) => {
    let left = share * sizes.reduce((sum, size) => sum + size, 0);
    for (let k = 0; k < sizes.length; k += 1) {
      left -= sizes[k];
      if (left <= 0) return k + 1;
    }
    return sizes.length;
  };

  // ---- What is shown -----------------------------------------------------------------------------

  const first = { text: model.get("text") ?? "", at: model.get("at") ?? null, chosen: model.get("chosen") };
  let text = "";
  let characters = ["\n"]; // those that are read
  let unknown = new Set();
  let position = 0; // how many characters of the text have been read
  let distance = 1; // of the character that is looked at

  const last = () => characters.length - 1;
  const named = (character) => (names[character] ? t(names[character]) : `“${character}”`);
  const output = (name, digits) => quantity(name, digits);
  const show = (node, value, shown = String(value)) => {
    setText(node, shown);
    setAttribute(node, "data-value", value);
  };
  const percent = (part) => (part > 0 && part < 0.0005 ? "< 0.1 %" : `${fixed(100 * part, 1)} %`);

  const story = element("span");
  const p = output("p_next");
  const half = output("half_distance");
  const ninety = output("ninety_distance");
  const size = output("size");
  const share = output("share");
  const lookedAt = element("p", { class: "lw-story" });
  const notes = element("p", { class: "lw-hint lw-notes" });

  // ---- The characters in a row -------------------------------------------------------------------

  const row = element("div", { class: "lw-letters", role: "group", "aria-label": t("row_label"), "data-lm-suppress-shortcuts": "true" });
  let letters = [];
  let reachable = null; // the one that the Tab key comes to

  const letter = (character, k) => {
    const sign = signs[character] ?? character;
    const button = view.button(`character_${k}`, "", () => {
      distance = 1;
      moveTo(k);
    });
    button.tabIndex = -1;
    button.append(element("span", { class: "lw-letter", text: sign }), element("span", { class: "lw-stem", "aria-hidden": "true" }));
    if (signs[character]) {
      button.setAttribute("aria-label", `${sign} ${named(character)}`);
      button.dataset.mark = "sign";
    }
    if (unknown.has(character)) button.dataset.mark = "unknown";
    return button;
  };
  // A line of the screen ends between two words, where it can.
  const layOut = () => {
    letters = characters.map(letter);
    row.replaceChildren();
    let run = null;
    letters.forEach((button, k) => {
      run ??= row.appendChild(element("span", { class: "lw-run" }));
      run.append(button);
      if (k && characters[k] === "\n") row.append(element("br"));
      if (k && characters[k] in signs) run = null;
    });
    reachable = null;
  };
  const shade = (relative) => {
    if (values.scale === "linear") return relative;
    return relative > 0 ? Math.max(0, 1 + Math.log10(relative) / decades) : 0;
  };
  const kindOf = (k) => (k > position + 1 ? "after" : k > position ? "next" : k === position ? "present" : "before");
  const showRow = (sizes) => {
    const largest = Math.max(...sizes);
    letters.forEach((button, k) => {
      const level = k > position || !largest ? 0 : shade(sizes[position - k] / largest);
      const width = `${(100 * level).toFixed(1)}%`;
      if (button.dataset.level !== width) {
        button.dataset.level = width;
        button.style.setProperty("--lw-level", width);
      }
      setAttribute(button, "data-kind", kindOf(k));
      if (k === position) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
    reach(reachable ?? position);
  };
  const reach = (k) => {
    for (const button of letters) if (button.tabIndex === 0) button.tabIndex = -1;
    letters[k].tabIndex = 0;
  };
  row.addEventListener("keydown", (event) => {
    const from = letters.indexOf(event.target);
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, Home: 0, End: last() }[event.key];
    if (from < 0 || to === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    letters[Math.max(0, Math.min(last(), to))].focus();
  });
  row.addEventListener("focusin", (event) => {
    reachable = letters.indexOf(event.target);
    reach(reachable);
    lookAt(position + 1 - reachable);
  });
  row.addEventListener("focusout", () => {
    reachable = null;
    reach(position);
  });
  row.addEventListener("pointerover", (event) => {
    const k = letters.indexOf(event.target.closest("button"));
    if (event.pointerType === "mouse" && k >= 0) lookAt(position + 1 - k);
  });

  // ---- One character looked at -------------------------------------------------------------------

  const lookAt = (wanted) => {
    if (wanted < 1 || wanted > position + 1) return; // not read yet
    distance = wanted;
    showLookedAt();
  };
  const showLookedAt = () => {
    const sizes = sizesAt(current, position);
    const k = position + 1 - distance;
    back.show(distance, position + 1);
    letters.forEach((button, i) => setAttribute(button, "data-looked", i === k));
    const total = sizes.reduce((sum, one) => sum + one, 0);
    const part = total ? sizes[distance - 1] / total : 0;
    setText(lookedAt, t(k ? "looked_at" : "looked_at_start", { character: named(characters[k]), distance, number: k }));
    show(size, sizes[distance - 1], scientific(sizes[distance - 1]));
    show(share, part, percent(part));
    setAttribute(pointer, "d", `M${chart.px(distance)} ${chart.top}V${chart.bottom}`);
  };

  // ---- Sliders -----------------------------------------------------------------------------------

  const slider = (key, label, low, take) => {
    const input = element("input", {
      type: "range", id: `${view.id}-${key}`, min: low, max: low, step: 1, "data-input": key, "data-lm-suppress-shortcuts": "true",
      oninput: () => take(Number(input.value)),
    });
    const count = element("span", { class: "lw-count" });
    const node = element("div", { class: "lw-control lw-slider" }, element("label", { for: input.id }, element("span", { text: label }), " ", count), input);
    node.show = (value, high) => {
      if (input.max !== String(high)) input.max = high;
      if (input.value !== String(value)) input.value = value;
      input.disabled = high <= low;
      setText(count, t("of", { value, high }));
    };
    return node;
  };
  const moveTo = (k) => {
    position = k;
    model.set("at", k);
    model.save_changes();
    view.say("");
    view.update();
  };
  const at = slider("at", t("at_label"), 0, moveTo);
  const back = slider("back", t("back_label"), 1, lookAt);

  // ---- The curves: distance to the right, size upwards on a logarithmic scale --------------------

  const MARKS = [
    (x, y) => `M${x - 2.5} ${y}a2.5 2.5 0 1 0 5 0a2.5 2.5 0 1 0 -5 0z`,
    (x, y) => `M${x - 2.8} ${y - 2.8}h5.6v5.6h-5.6z`,
    (x, y) => `M${x - 3.6} ${y + 2.8}h7.2l-3.6 -6.4z`,
  ];
  const FLOOR = -12; // smaller gradients stand on the lower edge, and the page says so
  const chart = { left: 46, right: 352, top: 8, bottom: 168, px: () => 0 };
  const holder = element("div", { class: "lw-reach", role: "img", "aria-label": t("picture") });
  holder.innerHTML =
    '<svg viewBox="0 0 360 194" aria-hidden="true" focusable="false"><g class="lw-scale"></g><path class="lw-pointer"/>' +
    networks.map((_, n) => `<g class="lw-sizes lw-sizes-${n % 3}"><polyline/><path/></g>`).join("") + "</svg>";
  const scale = holder.querySelector(".lw-scale");
  const pointer = holder.querySelector(".lw-pointer");
  const lines = [...holder.querySelectorAll(".lw-sizes")];
  const below = element("p", { class: "lw-hint", text: t("below") });
  const spread = (count, parts) => [1, 2, 5, 10, 20, 50].find((step) => count / step <= parts);

  const draw = () => {
    const { left, right, top, bottom } = chart;
    const curves = networks.map((network) => sizesAt(network, position).map((one) => Math.max(FLOOR, Math.log10(one))));
    const all = curves.flat();
    const far = curves[0].length;
    const step = spread(Math.max(0, ...all) - Math.min(-1, ...all), 6);
    const low = Math.floor(Math.min(-1, ...all) / step) * step;
    const high = Math.ceil(Math.max(0, ...all) / step) * step;
    const py = (power) => Number((top + ((bottom - top) * (high - power)) / (high - low)).toFixed(2));
    chart.px = (d) => Number((left + ((right - left) * (d - 1)) / Math.max(1, far - 1)).toFixed(2));
    const parts = [];
    for (let power = low; power <= high; power += step) {
      parts.push(`<path d="M${left} ${py(power)}H${right}"/><text x="${left - 6}" y="${py(power) + 4}" text-anchor="end">${powerOfTen(power)}</text>`);
    }
    const every = spread(far, 6);
    for (let d = 1; d <= far; d = d === 1 && every > 1 ? every : d + every) {
      parts.push(`<path d="M${chart.px(d)} ${bottom}v5"/><text x="${chart.px(d)}" y="${bottom + 19}" text-anchor="middle">${d}</text>`);
    }
    scale.innerHTML = `${parts.join("")}<path d="M${left} ${top}V${bottom}H${right}"/>`;
    const stride = Math.max(1, Math.round(far / 12));
    curves.forEach((powers, n) => {
      const [line, marks] = lines[n].children;
      line.setAttribute("points", powers.map((power, k) => `${chart.px(k + 1)},${py(power)}`).join(" "));
      const some = powers.map((power, k) => [power, k]).filter(([, k]) => k % stride === Math.floor((n * stride) / 3) % stride);
      marks.setAttribute("d", some.map(([power, k]) => MARKS[n % 3](chart.px(k + 1), py(power))).join(""));
    });
    below.hidden = !all.some((power) => power === FLOOR);
    setAttribute(pointer, "d", `M${chart.px(distance)} ${top}V${bottom}`);
  };

  // ---- Networks side by side ---------------------------------------------------------------------

  const rows = networks.map(({ name }, n) => {
    const key = element("span", { class: "lw-key", "aria-hidden": "true" });
    key.innerHTML = `<svg viewBox="0 0 44 14" focusable="false"><g class="lw-sizes lw-sizes-${n % 3}"><polyline points="0,7 44,7"/><path d="${MARKS[n % 3](22, 7)}"/></g></svg>`;
    const one = { next: element("td"), p: output(`p_next_${n + 1}`), half: output(`half_distance_${n + 1}`), ninety: output(`ninety_distance_${n + 1}`) };
    one.node = element("tr", {}, element("th", { scope: "row" }, key, " ", element("span", { text: name })), one.next,
      ...[one.p, one.half, one.ninety].map((cell) => element("td", {}, cell)));
    return one;
  });
  const column = (key) => element("th", { scope: "col", text: t(key) });
  const table = element("table", { class: "lw-side" },
    element("caption", { text: t("side_by_side") }),
    element("thead", {}, element("tr", {}, ...["network_label", "predicted", "probability", "half_short", "ninety_short"].map(column))),
    element("tbody", {}, ...rows.map((one) => one.node)));

  function* compare() {
    for (const [n, network] of networks.entries()) {
      const sizes = sizesAt(network, position);
      const { p: probability, character } = prediction(network, position);
      setText(rows[n].next, named(character));
      show(rows[n].p, probability, fixed(probability));
      show(rows[n].half, within(sizes, 0.5));
      show(rows[n].ninety, within(sizes, 0.9));
      yield;
    }
    draw();
  }

  // ---- All of it ---------------------------------------------------------------------------------

  view.update = () => {
    if (!letters.length) return; // the text comes after the rest
    const sizes = sizesAt(current, position);
    const { p: probability, character } = prediction(current, position);
    distance = Math.min(distance, position + 1);
    at.show(position, last());
    setText(story, t(position < last() ? "predicts" : "predicts_end", { next: named(character) }));
    p.show(probability);
    show(half, within(sizes, 0.5));
    show(ninety, within(sizes, 0.9));
    setText(shading, t(`shading_${values.scale}`));
    showRow(sizes);
    showLookedAt();
    // The others, and the curves, a frame later: a slider that is moved does not wait for them.
    for (const one of rows) for (const cell of [one.p, one.half, one.ninety]) cell.removeAttribute("data-value");
    later(compare());
  };

  const showNotes = (found) => {
    const odd = [...unknown];
    setText(notes, [
      last() ? "" : t("empty"),
      found.characters.length > most ? t("cut", { count: most }) : "",
      /<[^>]*>/.test(characters.join("")) ? t("markup") : "",
      found.composed ? t("composed") : "",
      odd.length ? t("unknown_note", { characters: odd.slice(0, 8).map((character) => `“${character}”`).join(", ") + (odd.length > 8 ? " …" : "") }) : "",
    ].filter(Boolean).join(" "));
  };

  // `where` is how many characters of the text have been read; null: all of them.
  const accept = (typed, where = null, { keepBox = false, fromModel = false } = {}) => {
    text = typed;
    if (!keepBox) box.value = typed;
    if (!fromModel) {
      model.set("text", typed);
      model.set("at", where);
      model.save_changes();
    }
    view.say("");
    const [found] = networks.map((network) => read(network, typed.slice(0, looked)));
    characters = ["\n", ...found.characters.slice(0, most)];
    unknown = new Set(found.unknown.filter((character) => characters.includes(character)));
    position = Math.min(where ?? last(), last());
    layOut();
    showNotes(found);
    view.update();
  };
  const choose = (name, { fromModel = false } = {}) => {
    current = networks[given.indexOf(name)] ?? current;
    list.value = current.name;
    if (!fromModel) {
      model.set("chosen", current.name);
      model.save_changes();
    }
    view.update();
  };

  const box = element("textarea", {
    id: `${view.id}-text`, "data-input": "text", rows: 3, lang: "vi", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
    "data-lm-suppress-shortcuts": "true", oninput: () => accept(box.value, null, { keepBox: true }),
  });
  const examples = (model.get("examples") ?? []).map((example, i) => {
    const button = view.button(`example_${i + 1}`, example.trim().split("\n")[0] || "…", () => accept(example));
    button.lang = "vi";
    return button;
  });
  const reset = view.button("reset", t("reset"), () => {
    distance = 1;
    view.set(view.initial);
    choose(first.chosen);
    accept(first.text, first.at);
    view.say(t("reset_done"));
  });
  const list = element("select", {
    id: `${view.id}-chosen`, "data-input": "chosen", "data-lm-suppress-shortcuts": "true", onchange: () => choose(list.value),
  }, ...given.map((name) => element("option", { value: name, text: name })));
  const shading = element("span");
  const fact = (label, node) => element("span", { class: "lw-fact" }, element("span", { text: label }), ": ", node);

  view.start(
    view.title(),
    element("p", { class: "lw-hint", text: t("meaning") }),
    element("label", { for: box.id, class: "lw-wide" }, t("text_label"), box),
    examples.length ? element("div", { class: "lw-buttons lw-examples", role: "group", "aria-label": t("examples") },
      element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples, reset) : element("div", { class: "lw-buttons" }, reset),
    notes,
    element("div", { class: "lw-columns" },
      at,
      element("div", {},
        several ? element("div", { class: "lw-choice" }, element("label", { for: list.id, text: t("network_label") }), list) : "",
        view.choice("scale", t("scale_label")))),
    element("p", { class: "lw-story", "aria-live": "polite" }, story, " ", p),
    row,
    element("p", { class: "lw-hint" }, shading, " ", t("legend")),
    element("p", { class: "lw-hint", text: t("keys") }),
    element("div", { class: "lw-card" },
      element("p", { class: "lw-facts" }, fact(t("half"), half), fact(t("ninety"), ninety)),
      element("p", { class: "lw-hint", text: t("distance_hint") })),
    element("div", { class: "lw-columns" },
      element("div", { class: "lw-plot" },
        element("p", { class: "lw-axis-name lw-up", text: t("axis_up") }),
        holder,
        element("p", { class: "lw-axis-name", text: t("axis_right") }),
        below),
      element("div", {},
        back,
        element("div", { class: "lw-card", "aria-live": "polite" }, lookedAt,
          element("p", { class: "lw-facts" }, fact(t("size"), size), fact(t("share"), share))),
        element("p", { class: "lw-hint", text: t("not_meaning") }))),
    several ? table : "");
  model.on("change:text", () => {
    if (model.get("text") !== text) accept(model.get("text"), model.get("at"), { fromModel: true });
  });
  model.on("change:at", () => {
    const where = Math.min(model.get("at") ?? last(), last());
    if (where === position) return;
    position = where;
    view.update();
  });
  model.on("change:chosen", () => {
    if (model.get("chosen") !== current.name) choose(model.get("chosen"), { fromModel: true });
  });
  const complaint = view.status.textContent;
  choose(first.chosen, { fromModel: true });
  accept(first.text, first.at, { fromModel: true });
  if (complaint) view.say(complaint, true);
}

export default { render };
