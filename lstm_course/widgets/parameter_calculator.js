// ParameterCalculator: how many numbers a layer has to learn, counted step by step.

function render({ model, el }) {
  const { element, fixed, setText, setAttribute } = lstmCore;
  const view = lstmCore.view({ model, el, name: "parameter_calculator", words, ranges });
  const { t, values } = view;

  // The book's way: commas in English, nothing in Vietnamese.
  const number = (value) => (view.lang === "en" ? String(value).replace(/\B(?=(\d{3})+(?!\d))/g, ",") : String(value));

  // ---- The counting, as in parameter_calculator.py ------------------------------------------

  function count() {
    const { kind, m, n, layers, biases } = values;
    const directions = values.bidirectional ? 2 : 1;
    const cell = kind in sums;
    const layer = (inputs) => directions * (sums[kind] * n * (inputs + n + biases) + (kind === "peephole" ? 3 * n : 0));
    const perGate = cell ? n * (m + n + biases) : kind === "dense" ? n * (m + 1) : m * n;
    const first = cell ? layer(m) : perGate;
    const later = cell ? layer(directions * n) : 0;
    const total = first + (cell ? (layers - 1) * later : 0);
    return { cell, directions, perGate, first, later, total, kilobytes: (total * bytes) / 1000 };
  }

  function written(letter, inputs, result) {
    const { kind, biases, bidirectional } = values;
    const cell = (n, inside) => {
      const sum = sums[kind] > 1 ? `${sums[kind]}·${n}·${inside}` : `${n}·${inside}`;
      if (kind === "peephole") return bidirectional ? `2·(${sum} + 3·${n})` : `${sum} + 3·${n}`;
      return bidirectional ? `2·${sum}` : sum;
    };
    const n = number(values.n);
    return [
      cell("n", `(${letter} + n + ${biases})`),
      cell(n, `(${number(inputs)} + ${n} + ${biases})`),
      cell(n, number(inputs + values.n + biases)),
      number(result),
    ].join(" = ");
  }

  function counting({ directions, perGate, first, later, total }) {
    const { kind, layers, biases } = values;
    const [m, n] = [number(values.m), number(values.n)];
    if (kind === "embedding") return { layer: `m·n = ${m}·${n} = ${number(total)}` };
    if (kind === "dense") return { layer: `n·(m + 1) = ${n}·(${m} + 1) = ${n}·${number(values.m + 1)} = ${number(total)}` };
    const found = {};
    if (sums[kind] > 1) found.gate = `n·(m + n + ${biases}) = ${n}·${number(values.m + values.n + biases)} = ${number(perGate)}`;
    found.layer = written("m", values.m, first);
    if (layers > 1) {
      found.later = written(values.bidirectional ? "2·n" : "n", directions * values.n, later);
      found.all = `${number(first)} + ${layers - 1}·${number(later)} = ${number(total)}`;
    }
    return found;
  }

  // ---- Inputs -------------------------------------------------------------------------------

  // A box for a whole number: digits only, since a comma could group thousands or be a decimal comma.
  const box = (key, symbol) => {
    const whole = () => /^\d{1,9}$/.test(input.value.trim());
    const take = () => {
      if (!view.set({ [key]: whole() ? Number(input.value) : input.value })) setAttribute(input, "aria-invalid", true);
    };
    const input = view.textBox({ id: `${view.id}-${key}`, inputmode: "numeric", size: 7, "data-input": key }, take);
    // While it is typed it counts as soon as it is a number in the range; complaints wait for the end.
    input.addEventListener("input", () => {
      if (whole() && Number(input.value) >= ranges[key].min && Number(input.value) <= ranges[key].max) take();
    });
    const label = element("span");
    const node = element("div", { class: "lw-choice lw-whole" },
      element("label", { for: input.id }, label, " ", element("i", { text: symbol })), input);
    node.show = (value) => {
      if (!whole() || Number(input.value) !== value) input.value = value;
      input.removeAttribute("aria-invalid");
    };
    node.label = label;
    node.input = input;
    view.controls[key] = node;
    return node;
  };
  const m = box("m", "m");
  const n = box("n", "n");
  const layers = box("layers", "");
  setText(layers.label, t("layers_label"));

  const both = element("input", {
    type: "checkbox", id: `${view.id}-bidirectional`, "data-input": "bidirectional", "data-lm-suppress-shortcuts": "true",
    onchange: () => view.set({ bidirectional: both.checked }),
  });
  const bidirectional = element("div", { class: "lw-choice" }, both, element("label", { for: both.id, text: t("bidirectional_label") }));
  bidirectional.show = (value) => { both.checked = value; };
  view.controls.bidirectional = bidirectional;

  const list = element("select", {
    id: `${view.id}-biases`, "data-input": "biases", "data-lm-suppress-shortcuts": "true",
    onchange: () => view.set({ biases: Number(list.value) }),
  }, ...[1, 2].map((value) => element("option", { value, text: t(`biases_${value}`) })));
  const biases = element("div", { class: "lw-choice" }, element("label", { for: list.id, text: t("biases_label") }), list);
  biases.show = (value) => { list.value = value; };
  view.controls.biases = biases;

  const buttons = Object.entries(presets).map(([key, state]) =>
    view.button(`preset_${key}`, t(key), () => {
      view.set(state);
      view.say(t("told", { name: t(key), total: number(count().total) }));
    }));
  const reset = view.button("reset", t("reset"), () => {
    view.set(view.initial);
    view.say(t("reset_done"));
  });

  // ---- Outputs ------------------------------------------------------------------------------

  const output = (name) => element("output", { "data-quantity": name, "aria-live": "off" });
  const outputs = { per_gate: output("per_gate"), first_layer: output("first_layer"), total: output("total"), kilobytes: output("kilobytes") };
  const show = (name, value, text) => {
    setText(outputs[name], text);
    setAttribute(outputs[name], "data-value", value);
  };
  const fact = (name, key, unit = "") => element("p", { class: "lw-fact" }, element("span", { text: t(key) }), " = ", outputs[name], unit);
  const perGate = fact("per_gate", "per_gate");
  const rows = Object.fromEntries(["gate", "layer", "later", "all"].map((name) => {
    const [label, sum] = [element("span", { class: "lw-hint" }), element("span", { class: "lw-sum" })];
    return [name, { node: element("p", {}, label, element("br"), sum), label, sum }];
  }));
  const note = element("p", { class: "lw-hint" });
  const blocks = element("div", { class: "lw-blocks", "aria-hidden": "true" });
  const legend = element("p", { class: "lw-hint lw-legend" });

  // Each weighted sum is a bar; its parts are as wide as the numbers that a unit has in them.
  function draw(cell) {
    const { kind } = values;
    const names = { lstm: "figo", peephole: "figo", gru: "rzn", rnn: "h" }[kind] ?? " ";
    const widths = cell ? [values.m, values.n, values.biases] : kind === "dense" ? [values.m, 1] : [1];
    const whole = widths.reduce((sum, width) => sum + width);
    const bars = [...names].map((name, row) => {
      let x = 20;
      const rects = widths.map((width, part) => {
        const wide = (300 * width) / whole;
        const kindOf = !cell && part === 1 ? 2 : part;
        const rect = `<rect class="lw-block-${kindOf}" x="${x.toFixed(2)}" y="${row * 20 + 1}" width="${Math.max(wide, 1).toFixed(2)}" height="16"/>`;
        x += wide;
        return rect;
      });
      return `<text x="2" y="${row * 20 + 14}">${name}</text>${rects.join("")}`;
    });
    blocks.innerHTML = `<svg viewBox="0 0 324 ${names.length * 20}" focusable="false">${bars.join("")}</svg>`;
    setText(legend, t(cell ? "legend" : `legend_${kind}`));
  }

  view.update = () => {
    const found = count();
    show("per_gate", found.perGate, number(found.perGate));
    show("first_layer", found.first, number(found.first));
    show("total", found.total, number(found.total));
    const [whole, decimals] = fixed(found.kilobytes, 3).replace(/\.?0+$/, "").split(".");
    show("kilobytes", found.kilobytes, decimals ? `${number(whole)}.${decimals}` : number(whole));
    const sumsNow = counting(found);
    for (const [name, { node, label, sum }] of Object.entries(rows)) {
      node.hidden = !(name in sumsNow);
      setText(label, t(`sum_${name === "layer" && "later" in sumsNow ? "first" : name}`));
      setText(sum, sumsNow[name] ?? "");
    }
    perGate.hidden = !("gate" in sumsNow);
    const { kind } = values;
    setText(m.label, t(found.cell || kind === "dense" ? "m_label" : "m_label_embedding"));
    setText(n.label, t(found.cell ? "n_label" : `n_label_${kind}`));
    for (const control of [layers.input, both, list]) control.disabled = !found.cell;
    setText(note, t(`note_${kind}`));
    draw(found.cell);
  };

  view.start(
    view.title(),
    element("div", { class: "lw-buttons", role: "group", "aria-label": t("presets") },
      element("span", { class: "lw-hint", text: `${t("presets")}:` }), ...buttons),
    element("div", { class: "lw-columns" },
      element("div", {}, view.choice("kind", t("kind_label")), m, n, layers, bidirectional, biases),
      element("div", {},
        element("p", { class: "lw-fact lw-total" }, element("span", { text: t("total") }), " = ", outputs.total),
        element("div", { class: "lw-facts" }, perGate, fact("first_layer", "first_layer"), fact("kilobytes", "memory_live", " kB")),
        blocks, legend)),
    element("div", { class: "lw-card" }, ...Object.values(rows).map(({ node }) => node)),
    note,
    element("div", { class: "lw-buttons" }, reset));
}

export default { render };
