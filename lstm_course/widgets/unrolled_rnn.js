// UnrolledRNN: the worked layer of chapter 2, unrolled over its steps; every number can be typed.

function render({ model, el }) {
  const { element, fixed, parseNumber, setText, setAttribute } = lstmCore;
  const view = lstmCore.view({ model, el, name: "unrolled_rnn", words, ranges });
  const { t, values } = view;
  const upTo = (count) => [...Array(count).keys()].map((k) => k + 1);
  const [STEPS, INPUTS, UNITS] = [upTo(sizes.steps), upTo(sizes.inputs), upTo(sizes.units)];

  // ---- The layer, as rnn_step in cells.py ---------------------------------------------------

  const ACTIVATIONS = { relu: (z) => Math.max(z, 0), tanh: Math.tanh, identity: (z) => z };

  // One unit at one step: its terms, their sum and what the activation function makes of it.
  function unit(step, i, before) {
    const x = INPUTS.map((k) => [values[`w_ih_${i}_${k}`], values[`x_${step}_${k}`]]);
    const h = UNITS.map((k) => [values[`w_hh_${i}_${k}`], before[k - 1]]);
    const b = values[`b_${i}`];
    const dot = (pairs) => pairs.reduce((sum, [w, v]) => sum + w * v, 0);
    const sum = dot(x) + dot(h) + b;
    return { x, h, b, sum, value: ACTIVATIONS[values.activation](sum) };
  }
  function run() {
    let before = UNITS.map((i) => values[`h_0_${i}`]);
    return STEPS.map((step) => {
      const units = UNITS.map((i) => unit(step, i, before));
      before = units.map(({ value }) => value);
      return units;
    });
  }

  // ---- Numbers as text ----------------------------------------------------------------------

  // No zeros that say nothing: 2, 0.5, −0.762; large ones without decimals.
  const plain = (value) => {
    const size = Math.abs(value);
    const digits = size < 10 ? 3 : size < 1000 ? 2 : 0;
    return digits ? fixed(value, digits).replace(/\.?0+$/, "") : fixed(value, 0);
  };
  const low = (index) => "₀₁₂₃"[index];
  const bracket = (value) => (value < 0 ? `(${plain(value)})` : plain(value));
  const products = (pairs) => `(${pairs.map(([w, v]) => `${bracket(w)}·${bracket(v)}`).join(" + ")})`;
  const arithmetic = ({ x, h, b, sum, value }) => {
    const inside = `${products(x)} + ${products(h)} + ${bracket(b)}`;
    if (values.activation === "identity") return `${inside} = ${plain(value)}`;
    const name = t(`activation_${values.activation}`);
    return `${name}[${inside}] = ${name}[${plain(sum)}] = ${plain(value)}`;
  };

  // ---- Inputs -------------------------------------------------------------------------------

  const symbol = (letter, index) => element("i", {}, letter, element("sub", { text: index }));
  const number = (key, letter, index) => {
    const box = view.textBox({ id: `${view.id}-${key}`, inputmode: "decimal", "data-input": key }, () => {
      const value = parseNumber(box.value);
      if (!view.set({ [key]: Number.isFinite(value) ? value : box.value })) setAttribute(box, "aria-invalid", true);
    });
    const node = element("div", { class: "lw-cell-number" }, element("label", { for: box.id }, symbol(letter, index)), box);
    node.show = (value) => {
      box.value = String(value).replace("-", "−");
      box.removeAttribute("aria-invalid");
    };
    view.controls[key] = node;
    return node;
  };
  const group = (letter, index, label, columns, boxes) =>
    element("fieldset", { class: "lw-matrix" },
      element("legend", {}, symbol(letter, index), ` · ${label}`),
      element("div", { class: "lw-matrix-rows", style: `grid-template-columns: repeat(${columns}, minmax(0, 4.2em))` }, ...boxes));
  const vector = (name, letter, places, prefix = "") => places.map((k) => number(`${name}_${k}`, letter, `${prefix}${k}`));
  const matrix = (name, rows, columns) =>
    rows.flatMap((i) => columns.map((k) => number(`${name}_${i}_${k}`, "w", `${i},${k}`)));
  const inputs = STEPS.map((step) =>
    group("x", step, t("input_of_step", { t: step }), INPUTS.length, vector(`x_${step}`, "x", INPUTS, `${step},`)));
  const weights = [
    group("W", "ih", t("weights_of_input"), INPUTS.length, matrix("w_ih", UNITS, INPUTS)),
    group("W", "hh", t("weights_of_state"), UNITS.length, matrix("w_hh", UNITS, UNITS)),
    group("b", "", t("bias"), UNITS.length, vector("b", "b", UNITS)),
    group("h", 0, t("first_state"), UNITS.length, vector("h_0", "h", UNITS, "0,")),
  ];

  // ---- Picture and outputs --------------------------------------------------------------------

  const holder = element("div");
  holder.innerHTML = unrolled;
  const picture = holder.firstElementChild;
  picture.setAttribute("aria-label", t("picture"));
  const places = [...picture.querySelectorAll("[data-v]")];
  const stepParts = [...picture.querySelectorAll("[data-step]")];
  const outputs = STEPS.map((step) => UNITS.map((i) =>
    element("output", { "data-quantity": `h_${step}_${i}`, "aria-live": "off" })));
  const facts = outputs.map((pair, k) => {
    const parts = pair.flatMap((output, i) => (i ? [", ", output] : [output]));
    return element("p", { class: "lw-fact" }, symbol("h", k + 1), " = [", ...parts, "]");
  });

  const reading = element("p", { class: "lw-hint" });
  const sums = UNITS.map(() => element("p", { class: "lw-sum" }));
  const move = (by) => () => view.set({ t: values.t + by });
  const back = view.button("previous", t("previous"), move(-1));
  const next = view.button("next", t("next"), move(1));

  view.update = () => {
    const steps = run();
    const shown = {};
    steps.forEach((units, k) => units.forEach(({ value }, i) => {
      shown[`h_${k + 1}_${i + 1}`] = value;
      setText(outputs[k][i], plain(value));
      setAttribute(outputs[k][i], "data-value", value);
    }));
    for (const place of places) setText(place, plain(shown[place.dataset.v] ?? values[place.dataset.v]));
    for (const part of stepParts) {
      const now = Number(part.dataset.step) === values.t;
      if (part.localName === "rect") setAttribute(part, "visibility", now ? "visible" : "hidden");
      else setAttribute(part, "stroke-width", now ? 3 : 1.5);
    }
    setText(reading, t("reading", { t: values.t, last: STEPS.length, x: `x${low(values.t)}`, h: `h${low(values.t - 1)}` }));
    steps[values.t - 1].forEach((result, i) => {
      sums[i].replaceChildren(symbol("h", `${values.t},${i + 1}`), ` = ${arithmetic(result)}`);
    });
    back.disabled = values.t === 1;
    next.disabled = values.t === STEPS.length;
  };

  const buttons = Object.entries(presets).map(([key, state]) =>
    view.button(`preset_${key}`, t(key), () => {
      view.set(state);
      view.say(t(`${key}_note`));
    }));
  const reset = view.button("reset", t("reset"), () => {
    view.set(view.initial);
    view.say(t("reset_done"));
  });
  view.start(
    view.title(),
    element("div", { class: "lw-buttons", role: "group", "aria-label": t("presets") },
      element("span", { class: "lw-hint", text: `${t("presets")}:` }), ...buttons),
    picture,
    element("div", { class: "lw-facts" }, ...facts),
    element("div", { class: "lw-card lw-state-h" },
      element("div", { class: "lw-buttons" }, back, next), reading, ...sums),
    view.choice("activation", t("activation_label")),
    element("div", { class: "lw-matrices" }, ...inputs),
    element("div", { class: "lw-matrices" }, ...weights),
    element("p", { class: "lw-hint", text: t("order") }),
    element("div", { class: "lw-buttons" }, reset));
}

export default { render };
