// SequenceExplorer: the LSTM cell over a sequence, every gate and state of every step.

function render({ model, el }) {
  const { element, fixed, quantity, setText, setAttribute, parseNumber, lstmStep } = lstmCore;
  const limit = structuredClone(ranges);
  const view = lstmCore.view({ model, el, name: "sequence_explorer", words, ranges: limit });
  const { t, values } = view;
  const NAMES = ["x", "f", "i", "g", "o", "c", "h"];

  let sequence = [];
  let steps = [];

  // ---- The sequence, as a reader types it ---------------------------------------------------

  const problem = (numbers, shown) => {
    if (numbers.length < 1 || numbers.length > limits.steps) return t("wrong_length", { count: numbers.length, most: limits.steps });
    const bad = numbers.findIndex((x) => !(Math.abs(x) <= limits.value));
    if (bad < 0) return null;
    return t("not_a_number", { name: `x (${bad + 1})`, value: String(shown[bad]).slice(0, 40), low: `−${limits.value}`, high: limits.value });
  };
  const accept = (numbers, shown = numbers, fromModel = false) => {
    const message = problem(numbers, shown);
    setAttribute(box, "aria-invalid", message !== null);
    if (message) {
      view.say(message, true);
      return false;
    }
    sequence = numbers;
    limit.t.max = sequence.length;
    view.controls.t.querySelector("input").max = sequence.length;
    box.value = sequence.join(", ");
    if (!fromModel) model.set("sequence", sequence);
    draw();
    return view.set({ t: Math.min(values.t ?? 1, sequence.length) }, { fromModel });
  };
  // Numbers stand apart by commas, spaces or semicolons. A comma inside a number is its decimal comma
  // only beside semicolons; in "0, 0,5" it could be either, and a guess would be shown as the truth.
  const split = (typed) => {
    const parts = typed.split(/[\s;]+/).map((part) => part.replace(/^,+|,+$/g, "")).filter(Boolean);
    return parts.length === 1 && !typed.includes(";") ? parts[0].split(/,+/) : parts;
  };
  const read = (typed) => (text) => (text.includes(",") && !typed.includes(";") ? NaN : parseNumber(text));
  const box = view.textBox({ id: `${view.id}-sequence`, "data-input": "sequence" }, () => {
    const shown = split(box.value);
    accept(shown.map(read(box.value)), shown);
  });

  // ---- Heat map and lines ---------------------------------------------------------------------

  const [left, row, width] = [18, 20, 340];
  const bottom = NAMES.length * row + 84;
  const figure = element("div", { class: "lw-sequence", role: "img", "aria-label": t("picture") });
  let marker = null;
  const column = () => (width - left) / sequence.length;

  function draw() {
    let h = 0;
    let c = 0;
    steps = sequence.map((x) => {
      const step = { ...lstmStep(x, h, c, values), x, before: { h, c } };
      ({ h, c } = step);
      return step;
    });
    const w = column();
    const most = Object.fromEntries(NAMES.map((name) => [name, Math.max(1, ...steps.map((step) => Math.abs(step[name])))]));
    const parts = [];
    NAMES.forEach((name, r) => {
      parts.push(`<text x="0" y="${r * row + 15}">${name}</text>`);
      steps.forEach((step, k) => {
        const value = step[name];
        const kind = `lw-heat-${name}${value < 0 ? " lw-below" : ""}`;
        const [x, y] = [(left + k * w).toFixed(2), r * row + 1];
        parts.push(`<rect class="${kind}" x="${x}" y="${y}" width="${(w * 0.96).toFixed(2)}" height="${row - 2}" fill-opacity="${((0.42 * Math.abs(value)) / most[name]).toFixed(3)}"/>`);
        if (w >= 34) parts.push(`<text class="lw-number-in" x="${(left + (k + 0.5) * w).toFixed(2)}" y="${r * row + 15}" text-anchor="middle">${fixed(value, 2)}</text>`);
      });
    });
    // The two states once more as lines: c dashed with squares, h solid with dots.
    const both = steps.flatMap((step) => [step.c, step.h]);
    const [low, high] = [Math.min(0, ...both), Math.max(0.5, ...both)];
    const height = (value) => (bottom - 8 - (66 * (value - low)) / (high - low)).toFixed(2);
    const at = (k, value) => `${(left + (k + 0.5) * w).toFixed(2)},${height(value)}`;
    parts.push(`<path class="lw-axis" d="M${left} ${height(0)}H${width}"/>`);
    for (const name of ["c", "h"]) {
      parts.push(`<polyline class="lw-line-${name}" points="${steps.map((step, k) => at(k, step[name])).join(" ")}"/>`);
      const [x, y] = at(steps.length - 1, steps[steps.length - 1][name]).split(",");
      parts.push(`<text x="${Math.min(width - 8, Number(x) + 5)}" y="${Number(y) + (name === "c" ? -3 : 10)}">${name}</text>`);
    }
    parts.push(`<rect class="lw-now" y="0" height="${bottom}" width="${w.toFixed(2)}"/>`);
    figure.innerHTML = `<svg viewBox="0 0 ${width} ${bottom}" aria-hidden="true" focusable="false">${parts.join("")}</svg>`;
    marker = figure.querySelector(".lw-now");
  }

  // ---- One step in focus ----------------------------------------------------------------------

  const outputs = Object.fromEntries([..."figoch"].map((name) => [name, quantity(name)]));
  const last = quantity("h_last", 4);
  view.update = () => {
    if (!steps.length) return;
    const step = steps[values.t - 1];
    for (const [name, output] of Object.entries(outputs)) output.show(step[name]);
    last.show(steps[steps.length - 1].h);
    setAttribute(marker, "x", (left + (values.t - 1) * column()).toFixed(2));
    setText(reading, t("reading", { t: values.t, last: steps.length, x: fixed(step.x, 2), h: fixed(step.before.h), c: fixed(step.before.c) }));
    back.disabled = values.t === 1;
    next.disabled = values.t === steps.length;
  };
  const reading = element("p", { class: "lw-sum" });
  const move = (by) => () => {
    stop();
    view.set({ t: values.t + by });
  };
  const back = view.button("previous", t("previous"), move(-1));
  const next = view.button("next", t("next"), move(1));

  // Play: one step every 0.7 s. A reader who asked for less motion steps by hand instead.
  let timer = null;
  const stop = () => {
    clearInterval(timer);
    timer = null;
    setText(play, t("play"));
  };
  const tick = () => {
    if (!play.isConnected || values.t >= steps.length) stop();
    else view.set({ t: values.t + 1 });
  };
  const play = view.button("play", t("play"), () => {
    if (timer) return stop();
    if (values.t >= steps.length) view.set({ t: 1 });
    timer = setInterval(tick, 700);
    setText(play, t("pause"));
  });
  play.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;

  const handOver = view.button("hand_over", t("hand_over"), () => {
    stop();
    const { x, before } = steps[values.t - 1];
    if (Math.abs(before.c) > limits.state) {
      return view.say(t("too_large", { c: fixed(before.c), low: fixed(-limits.state, 0), high: fixed(limits.state, 0) }), true);
    }
    const weights = Object.keys(limit).filter((key) => key !== "t").map((key) => `${key}=${values[key]}`);
    const state = `#gate_explorer=1&x=${x}&h=${before.h}&c=${before.c}&${weights.join("&")}`;
    // The same step once more: the address stays as it is, so the browser tells nobody.
    if (location.hash === state) dispatchEvent(new HashChangeEvent("hashchange"));
    else location.hash = state;
    document.querySelector('[data-widget="gate_explorer"] [data-input="x"]').focus({ preventScroll: true });
  });
  // Only a page that holds a gate explorer can take the step; in a kernel, Python can.
  handOver.hidden = !view.island || !document.querySelector('[data-widget="gate_explorer"]');

  const control = view.control("t", t("step_label"), "t");
  const examples = presets.map((numbers, k) =>
    view.button(`preset_${k + 1}`, numbers.join(", "), () => {
      stop();
      accept(numbers);
    }));
  const fact = ([name, output]) => element("p", { class: "lw-fact" }, element("i", { text: name }), " = ", output);
  view.start(
    view.title(),
    element("label", { for: box.id, class: "lw-wide" }, t("sequence_label"), box),
    element("div", { class: "lw-buttons", role: "group", "aria-label": t("presets") },
      element("span", { class: "lw-hint", text: `${t("presets")}:` }), ...examples),
    figure,
    control,
    element("div", { class: "lw-buttons" }, back, play, next, handOver),
    reading,
    element("div", { class: "lw-facts" }, ...Object.entries(outputs).map(fact)),
    element("p", { class: "lw-fact" }, element("span", { text: t("last_output") }), ": ", element("strong", {}, last)));
  for (const key of Object.keys(limit)) {
    if (key !== "t") model.on(`change:${key}`, () => { draw(); view.update(); });
  }
  model.on("change:sequence", () => {
    if (model.get("sequence") !== sequence) accept(model.get("sequence"), undefined, true);
  });
  if (!accept(model.get("sequence") ?? [], undefined, true)) {
    const message = view.status.textContent;
    accept(presets[0], undefined, true);
    view.say(message, true);
  }
}

export default { render };
