// GradientExplorer: how much of a gradient is left at a distance, in an RNN and in an LSTM.

function render({ model, el }) {
  const { element, setText, setAttribute, sigmoid, fixed, scientific, powerOfTen } = lstmCore;
  const view = lstmCore.view({ model, el, name: "gradient_explorer", words, ranges });
  const { t, values } = view;

  // ---- Chart: distance to the right, size upwards on a logarithmic scale -----------------------

  // Solid with dots, dashed with squares, dotted with triangles: never by colour alone.
  const MARKS = {
    rnn: (x, y) => `M${x - 3.5} ${y}a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0z`,
    lstm: (x, y) => `M${x - 3.5} ${y - 3.5}h7v7h-7z`,
    road: (x, y) => `M${x - 4.5} ${y + 3.5}h9l-4.5 -8z`,
  };
  const NAMES = Object.keys(MARKS);
  const FLOOR = -20; // smaller gradients stand on the lower edge, and the chart says so
  const [left, right, top, bottom] = [52, 350, 10, 200];
  const holder = element("div", { class: "lw-gradients", role: "img", "aria-label": t("picture") });
  holder.innerHTML =
    '<svg viewBox="0 0 360 226" aria-hidden="true" focusable="false"><g class="lw-scale"></g>' +
    NAMES.map((name) => `<g class="lw-curve-${name}"><polyline/><path/></g>`).join("") + "</svg>";
  const scale = holder.querySelector(".lw-scale");
  const curves = NAMES.map((name) => [...holder.querySelector(`.lw-curve-${name}`).children]);

  const decades = (size) => (size > 0 ? Math.max(FLOOR, Math.log10(size)) : FLOOR);
  const spread = (count, most) => [1, 2, 5, 10, 20, 50].find((step) => count / step <= most);

  function draw(sizes) {
    const logs = NAMES.map((name) => sizes[name].map(decades));
    const all = logs.flat();
    const step = spread(Math.max(0, ...all) - Math.min(-1, ...all), 6);
    const low = Math.floor(Math.min(-1, ...all) / step) * step;
    const high = Math.ceil(Math.max(0, ...all) / step) * step;
    const far = values.length - 1;
    const px = (k) => Number((left + ((right - left) * k) / far).toFixed(2));
    const py = (power) => Number((top + ((bottom - top) * (high - power)) / (high - low)).toFixed(2));
    const parts = [];
    for (let power = low; power <= high; power += step) {
      parts.push(`<path class="${power === 0 ? "lw-one" : ""}" d="M${left} ${py(power)}H${right}"/>`);
      parts.push(`<text x="${left - 6}" y="${py(power) + 4}" text-anchor="end">${powerOfTen(power)}</text>`);
    }
    for (let k = 0; k <= far; k += spread(far, 6)) {
      parts.push(`<path d="M${px(k)} ${bottom}v5"/><text x="${px(k)}" y="${bottom + 19}" text-anchor="middle">${k}</text>`);
    }
    parts.push(`<path d="M${left} ${top}V${bottom}H${right}"/>`);
    scale.innerHTML = parts.join("");
    // Some ten markers a curve, shifted from curve to curve so that equal ones stay visible.
    const stride = Math.max(1, Math.round(far / 10));
    logs.forEach((powers, c) => {
      const [line, marks] = curves[c];
      line.setAttribute("points", powers.map((power, k) => `${px(k)},${py(power)}`).join(" "));
      const some = powers.map((power, k) => [power, k]).filter(([, k]) => k % stride === Math.floor((c * stride) / 3) || k === far);
      marks.setAttribute("d", some.map(([power, k]) => MARKS[NAMES[c]](px(k), py(power))).join(""));
    });
  }

  // ---- Results ----------------------------------------------------------------------------------

  const output = (name) => element("output", { "data-quantity": name, "aria-live": "off" });
  const show = (node, value, text = scientific(value)) => {
    setText(node, text);
    setAttribute(node, "data-value", value);
  };
  const sample = (name) => {
    const key = element("span", { class: "lw-sample", "aria-hidden": "true" });
    key.innerHTML = `<svg viewBox="0 0 44 14" focusable="false"><g class="lw-curve-${name}"><polyline points="0,7 44,7"/><path d="${MARKS[name](22, 7)}"/></g></svg>`;
    return key;
  };
  const rows = Object.fromEntries(NAMES.map((name) => {
    const row = { last: output(`${name}_last`), each: output(`${name}_per_step`), story: element("p") };
    row.node = element("div", { class: `lw-card lw-card-${name}` },
      element("p", { class: "lw-head" }, element("span", {}, sample(name), " ", element("span", { text: t(name) }))),
      element("p", { class: "lw-facts" },
        element("span", { class: "lw-fact" }, element("span", { text: t("last") }), ": ", row.last),
        element("span", { class: "lw-fact" }, element("span", { text: t("per_step") }), ": × ", row.each)),
      row.story);
    return [name, row];
  }));
  const forget = output("f");
  const below = element("p", { class: "lw-hint", text: t("below") });

  view.update = () => {
    const sizes = gradients(values);
    const far = values.length - 1;
    draw(sizes);
    for (const name of NAMES) {
      const size = sizes[name][far];
      const row = rows[name];
      show(row.last, size);
      show(row.each, size ** (1 / far), fixed(size ** (1 / far)));
      const key = size === 0 ? "stops" : size < bounds.vanished ? "vanishes" : size > bounds.exploded ? "explodes" : "lasts";
      setText(row.story, t(`${key}_story`, { distance: far, size: scientific(size) }));
    }
    const f = sigmoid(values.b_f);
    show(forget, f, fixed(f));
    below.hidden = !NAMES.some((name) => sizes[name].some((size) => size < 10 ** FLOOR));
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
    element("div", { class: "lw-columns" },
      element("div", {},
        element("p", { class: "lw-axis-name lw-axis-up", text: t("axis_up") }),
        holder,
        element("p", { class: "lw-axis-name", text: t("axis_right") }),
        below),
      element("div", {},
        view.control("length", t("length_label"), "T"),
        view.control("w", t("w_label"), "w"),
        view.choice("activation", t("activation_label")),
        view.control("b_f", t("b_f_label"), "b"),
        element("p", { class: "lw-fact" }, element("span", { text: t("forget_gate") }), " ", element("i", { text: "f" }), " = σ(b) = ", forget),
        view.control("x", t("x_label"), "x"))),
    element("div", { class: "lw-thirds" }, ...NAMES.map((name) => rows[name].node)),
    element("p", { class: "lw-hint", text: t("setting", bounds) }),
    element("div", { class: "lw-buttons" }, reset));
}

// ---- The sizes of three gradients by distance, as rnn_gradients and lstm_gradients in cells.py ----

// 1 - tanh(z)^2, without the digits that the subtraction loses where tanh is close to 1.
const tanhSlope = (z) => 4 * lstmCore.sigmoid(2 * z) * lstmCore.sigmoid(-2 * z);
const sigmoidSlope = (z) => lstmCore.sigmoid(z) * lstmCore.sigmoid(-z);
const ACTIVATIONS = {
  tanh: [Math.tanh, tanhSlope],
  relu: [(z) => Math.max(z, 0), (z) => (z > 0 ? 1 : 0)],
  identity: [(z) => z, () => 1],
};

function gradients({ length, x, w, b_f, activation }) {
  const [act, slope] = ACTIVATIONS[activation];
  const weights = { w_fx: 0, w_fh: 0, b_f, w_ix: 1, w_ih: w, b_i: 0, w_gx: 1, w_gh: w, b_g: 0, w_ox: 1, w_oh: w, b_o: 0 };
  const [sums, steps] = [[], []];
  let state = 0;
  let [h, c] = [0, 0];
  for (let k = 0; k < length; k += 1) {
    sums.push(x + w * state);
    state = act(sums[k]);
    const step = lstmCore.lstmStep(x, h, c, weights);
    steps.push({ ...step, before: c });
    ({ h, c } = step);
  }
  const sizes = { rnn: [], lstm: [], road: [] };
  let rnn = 1;
  let road = 1;
  let [backH, backC] = [0, 1];
  for (let k = length - 1; k >= 0; k -= 1) {
    const step = steps[k];
    backC += backH * step.o * tanhSlope(step.c);
    sizes.rnn.push(Math.abs(rnn));
    sizes.lstm.push(Math.abs(backC));
    sizes.road.push(Math.abs(road));
    const atO = backH * Math.tanh(step.c) * sigmoidSlope(step.sum_o);
    const atI = backC * step.g * sigmoidSlope(step.sum_i);
    const atG = backC * step.i * tanhSlope(step.sum_g);
    rnn *= slope(sums[k]) * w;
    backH = (atI + atG + atO) * w; // the forget gate does not read h
    backC *= step.f;
    road *= step.f;
  }
  return sizes;
}

export default { render };
