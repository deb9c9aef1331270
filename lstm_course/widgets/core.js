// What every widget shares: the LSTM step, checked state, controls, wording, links, mounting.
// One binding only, so that the same text works inside an ES module (Jupyter, Colab) and as a
// classic script (the built book, which is read from disk where modules are blocked).
const lstmCore = (() => {
  "use strict";

  // ---- Mathematics -------------------------------------------------------------------------

  const sigmoid = (z) => 1 / (1 + Math.exp(-z));

  // One step for one unit; `w` holds the twelve numbers w_fx ... b_o. Names as in cells.py.
  function lstmStep(x, h, c, w) {
    const sum = (gate) => w[`w_${gate}x`] * x + w[`w_${gate}h`] * h + w[`b_${gate}`];
    const [sum_f, sum_i, sum_g, sum_o] = [sum("f"), sum("i"), sum("g"), sum("o")];
    const [f, i, g, o] = [sigmoid(sum_f), sigmoid(sum_i), Math.tanh(sum_g), sigmoid(sum_o)];
    const newC = f * c + i * g;
    return { f, i, g, o, c: newC, h: o * Math.tanh(newC), sum_f, sum_i, sum_g, sum_o };
  }

  // ---- Numbers as text ---------------------------------------------------------------------

  // -0.0004 with three digits reads "0.000", not "-0.000"; the minus is the typographic one.
  function fixed(value, digits = 3) {
    const text = value.toFixed(digits);
    return (Number(text) === 0 ? text.replace("-", "") : text).replace("-", "−");
  }

  // At most two decimals, none that say nothing: 1, 0.5, −0.25.
  const short = (value) => fixed(value, 2).replace(/\.?0+$/, "");
  const factor = (value) => (value < 0 ? `(${short(value)})` : short(value));

  const raised = (power) => String(power).replace(/./g, (sign) => (sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[sign]));

  // 0, 0.25, 12.3, 6.3×10²⁹: short for a size of any kind, as scientific() in gradient_explorer.py.
  function scientific(size) {
    if (size === 0 || (size >= 0.01 && size < 1000)) return String(Number(size.toPrecision(3)));
    const [digits, power] = size.toExponential(1).split("e");
    return `${digits.replace(".0", "")}×10${raised(Number(power))}`;
  }

  // A power of ten beside the axis of a drawing.
  const powerOfTen = (power) => (power === 0 ? "1" : `10<tspan dy="-5" font-size="10">${String(power).replace("-", "−")}</tspan>`);

  // "1.63·1 + 2.70·1 + 1.62 = 5.95": the weighted sum with its numbers put in.
  function substitution(wx, x, wh, h, b, sum) {
    const term = (value) => `${value < 0 ? "−" : "+"} ${fixed(Math.abs(value), 2)}`;
    return `${fixed(wx, 2)}·${factor(x)} ${term(wh)}·${factor(h)} ${term(b)} = ${fixed(sum, 2)}`;
  }

  // What a reader may type: a decimal point or comma, either minus. Anything else is NaN.
  function parseNumber(text) {
    const plain = String(text).trim().replace(",", ".").replace("−", "-");
    return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  }

  // ---- The page ----------------------------------------------------------------------------

  // element("p", {class: "note", text: "..."}, child, ...). Text never becomes HTML.
  function element(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (key === "text") node.textContent = value;
      else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(key, value);
    }
    node.append(...children);
    return node;
  }

  // A drawing of the package's own (never a reader's text), its {words} put in as text.
  function drawing(source, words, label) {
    const holder = document.createElement("div");
    holder.innerHTML = source;
    const svg = holder.firstElementChild;
    const walker = document.createTreeWalker(svg, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const node = walker.currentNode;
      node.data = node.data.replace(/\{(\w+)\}/g, (_, key) => words(key) ?? "");
    }
    svg.setAttribute("aria-label", label);
    return svg;
  }

  // Write only what changed: a slider moves many times a second.
  function setText(node, text) {
    if (node && node.textContent !== text) node.textContent = text;
  }
  function setAttribute(node, name, value) {
    if (node && node.getAttribute(name) !== String(value)) node.setAttribute(name, value);
  }

  // As many nodes as `count`; those that are there stay, and the focus with them.
  function fit(list, count, make, parent) {
    while (list.length < count) list.push(make(list.length));
    while (parent.childElementCount > count) parent.lastChild.remove();
    for (let k = parent.childElementCount; k < count; k += 1) parent.append(list[k].node);
    list.length = count;
  }

  // A computed quantity: shown rounded, held in full in data-value.
  function quantity(name, digits = 3) {
    const node = element("output", { "data-quantity": name, "aria-live": "off" });
    node.show = (value) => {
      setText(node, fixed(value, digits));
      setAttribute(node, "data-value", value);
    };
    return node;
  }

  // The curve of sigmoid or tanh with a dot that moves on it. Units: z from -8 to 8.
  function curve(fn, low) {
    const [width, height, span] = [112, 60, 8];
    const px = (z) => ((Math.max(-span, Math.min(span, z)) + span) / (2 * span)) * width;
    const py = (y) => height - 6 - ((y - low) / (1 - low)) * (height - 12);
    const points = [];
    for (let z = -span; z <= span; z += 0.25) points.push(`${px(z)},${py(fn(z)).toFixed(2)}`);
    const holder = document.createElement("div");
    holder.innerHTML =
      `<svg class="lw-curve" viewBox="0 0 ${width} ${height}" aria-hidden="true" focusable="false">` +
      `<path class="lw-axis" d="M0 ${py(0)}H${width}M${px(0)} 0V${height}"/>` +
      `<path class="lw-bound" d="M0 ${py(low)}H${width}M0 ${py(1)}H${width}"/>` +
      `<polyline points="${points.join(" ")}"/>` +
      `<path class="lw-drop"/><circle r="4"/></svg>`;
    const svg = holder.firstElementChild;
    const [drop, dot] = [svg.querySelector(".lw-drop"), svg.querySelector("circle")];
    svg.show = (z) => {
      const [x, y] = [px(z), py(fn(z))];
      setAttribute(drop, "d", `M${x} ${py(0)}V${y}`);
      setAttribute(dot, "cx", x);
      setAttribute(dot, "cy", y);
    };
    svg.zAt = (clientX) => {
      const box = svg.getBoundingClientRect();
      return ((clientX - box.left) / box.width) * 2 * span - span;
    };
    return svg;
  }

  // ---- Parts that several widgets show -------------------------------------------------------

  const GATES = { f: "forget_gate", i: "input_gate", g: "candidate", o: "output_gate" };

  // The drawn cell (cell.svg): show() puts numbers on its wires, stage() builds it up to a stage.
  function cell(source, t, label) {
    const svg = drawing(source, t, label);
    const places = [...svg.querySelectorAll("[data-v]")];
    const wires = [...svg.querySelectorAll("[data-wire]")];
    const levels = [...svg.querySelectorAll("[data-gate]")].map((gate) => [gate.dataset.gate, gate.querySelector(".lw-level")]);
    svg.show = (step, { x, h, c }) => {
      const now = { ...step, x, h_in: h, c_in: c, kept: step.f * c, new: step.i * step.g, squashed: Math.tanh(step.c) };
      for (const place of places) setText(place, fixed(now[place.dataset.v]));
      for (const wire of wires) {
        const value = now[wire.dataset.wire];
        if (value === undefined) continue;
        setAttribute(wire, "stroke-width", (1.2 + 3 * Math.min(1, Math.abs(value))).toFixed(2));
        wire.classList.toggle("lw-negative", value < 0);
      }
      for (const [gate, level] of levels) {
        // A gate fills from the bottom (0 to 1); the candidate from its middle (-1 to 1).
        const [top, bottom] = gate === "g" ? [Math.max(0, now.g), Math.min(0, now.g)].map((v) => (v + 1) / 2) : [now[gate], 0];
        setAttribute(level, "y", (216 + 46 * (1 - top)).toFixed(1));
        setAttribute(level, "height", (46 * (top - bottom)).toFixed(1));
      }
    };
    svg.stage = (stage, markNew = true) => {
      for (const part of svg.querySelectorAll("[data-stages]")) {
        const [low, high = low] = part.dataset.stages.split("-").map(Number);
        part.style.display = low <= stage && stage <= high ? "" : "none";
        part.classList.toggle("lw-new", markNew && low === stage && stage > 1);
      }
    };
    return svg;
  }

  // One gate with its curve, its value and the sum with the numbers put in.
  function gateCard(gate, t) {
    const squash = gate === "g" ? Math.tanh : sigmoid;
    const picture = curve(squash, gate === "g" ? -1 : 0);
    const value = quantity(gate);
    const sum = element("p", { class: "lw-sum" });
    const node = element("section", { class: `lw-card lw-gate-${gate}` },
      element("p", { class: "lw-head" }, element("span", { text: t(GATES[gate]) }), " ",
        element("span", { class: "lw-result" }, element("i", { text: gate }), " = ", value)),
      picture, sum);
    node.show = (step, w) => {
      const z = step[`sum_${gate}`];
      value.show(step[gate]);
      picture.show(z);
      const left = substitution(w[`w_${gate}x`], w.x, w[`w_${gate}h`], w.h, w[`b_${gate}`], z);
      setText(sum, `${left}, ${gate === "g" ? "tanh" : "σ"} = ${fixed(step[gate])}`);
    };
    return node;
  }

  // ---- One widget --------------------------------------------------------------------------

  // In the built book the words that all widgets share come with this script, once.
  const complete = (words) =>
    Object.fromEntries(Object.entries(words).map(([lang, own]) => [lang, { ...lstmCore.common?.[lang], ...own }]));

  let count = 0;

  // Everything a widget's render() needs. `ranges` gives each number {min, max, step, start}.
  // The widget then sets `view.update`, which is called once all is built and at every change.
  function view({ model, el, name, words: own, ranges }) {
    const words = complete(own);
    const island = el.matches(".lstm-widget[data-widget]");
    const root = island ? el : el.appendChild(element("div"));
    root.classList.add("lstm-widget", "lw-live", `lw-${name}`);
    root.dataset.widget = name;
    const lang = model.get("lang");
    if (words[lang]) root.lang = lang;

    // "both": a page that greets readers of both languages (English · Vietnamese).
    const word = (key) =>
      words[lang] ? words[lang][key]
      : words.en[key] === words.vi[key] ? words.en[key]
      : `${words.en[key]} · ${words.vi[key]}`;
    const t = (key, values = {}) =>
      word(key)?.replace(/\{(\w+)\}/g, (whole, k) => (k in values ? values[k] : whole));

    const id = `lw${(count += 1)}`;
    const status = element("p", { class: "lw-status", role: "status" });
    const say = (message, bad = false) => {
      setText(status, message);
      status.classList.toggle("lw-bad", bad);
    };
    const self = { root, island, lang, t, say, status, id, values: {}, controls: {}, update() {} };

    const problem = (key, value) => {
      const { min, max, step, choices } = ranges[key];
      const shown = String(value).slice(0, 40);
      if (choices) return choices.includes(value) ? null : t("not_a_choice", { name: key, value: shown, choices: choices.join(", ") });
      const whole = step === 1;
      const inside = typeof value === "number" && value >= min && value <= max;
      if (inside && (!whole || Number.isInteger(value))) return null;
      return t(whole ? "not_whole" : "not_a_number", { name: key, value: shown, low: short(min), high: short(max) });
    };

    // All of `changes` or none of them, so that a half-good state never shows.
    self.set = (changes, { fromModel = false } = {}) => {
      for (const [key, value] of Object.entries(changes)) {
        const message = problem(key, value);
        if (message) {
          say(message, true);
          return false;
        }
      }
      say("");
      for (const [key, value] of Object.entries(changes)) {
        self.values[key] = value;
        self.controls[key]?.show(value);
        if (!fromModel) model.set(key, value);
      }
      if (!fromModel) model.save_changes();
      self.update();
      return true;
    };

    // A box whose text is taken over by Enter and on leaving it. Enter needs a listener of its own:
    // inside a cell, JupyterLab cancels the change event that browsers derive from it.
    self.textBox = (attributes, take) =>
      element("input", {
        type: "text", autocomplete: "off", "data-lm-suppress-shortcuts": "true", ...attributes,
        onchange: take,
        onkeydown: (event) => { if (event.key === "Enter" && !event.isComposing) take(); },
      });

    // Label, slider and number box for one number.
    self.control = (key, label, symbol = "") => {
      const { min, max, step } = ranges[key];
      const input = element("input", {
        type: "range", id: `${id}-${key}`, min, max, step, "data-input": key,
        // JupyterLab takes the arrow keys away from any input that does not carry this.
        "data-lm-suppress-shortcuts": "true",
        oninput: () => self.set({ [key]: Number(input.value) }),
      });
      const box = self.textBox({
        inputmode: "decimal", size: 5, "data-input": `${key}_number`,
        "aria-label": t("exact", { name: [label, symbol].join(" ").trim() }),
      }, () => {
        const value = parseNumber(box.value);
        if (problem(key, value)) {
          say(problem(key, Number.isFinite(value) ? value : box.value), true);
          box.setAttribute("aria-invalid", "true");
        } else self.set({ [key]: value });
      });
      const node = element("div", { class: "lw-control" },
        element("label", { for: input.id },
          element("span", { text: label }), " ", element("i", { text: symbol })),
        input, box);
      node.show = (value) => {
        if (Number(input.value) !== value) input.value = value;
        box.value = String(value).replace("-", "−");
        box.removeAttribute("aria-invalid");
      };
      self.controls[key] = node;
      return node;
    };

    // Label and list for one of several words; the words of a choice are `${key}_${choice}`.
    self.choice = (key, label) => {
      const options = ranges[key].choices.map((choice) => element("option", { value: choice, text: t(`${key}_${choice}`) }));
      const list = element("select", {
        id: `${id}-${key}`, "data-input": key, "data-lm-suppress-shortcuts": "true",
        onchange: () => self.set({ [key]: list.value }),
      }, ...options);
      const node = element("div", { class: "lw-choice" }, element("label", { for: list.id, text: label }), list);
      node.show = (value) => { list.value = value; };
      self.controls[key] = node;
      return node;
    };

    self.button = (key, label, onclick) =>
      element("button", { type: "button", "data-input": key, text: label, onclick });

    // Not a heading: a widget stands under headings of any level. It names the whole group.
    self.title = (values) => {
      const title = element("p", { class: "lw-title", id: `${id}-title`, text: t("title", values) });
      root.setAttribute("role", "group");
      root.setAttribute("aria-labelledby", title.id);
      return title;
    };

    // Called by the widget when all its parts are built.
    self.start = (...parts) => {
      const start = {};
      let complaint = "";
      for (const [key, range] of Object.entries(ranges)) {
        const given = model.get(key);
        complaint ||= problem(key, given) ?? "";
        start[key] = problem(key, given) ? range.start : given;
        model.on(`change:${key}`, () => {
          if (model.get(key) !== self.values[key]) self.set({ [key]: model.get(key) }, { fromModel: true });
        });
      }
      self.initial = start;
      root.replaceChildren(...parts, status);
      self.set(start, { fromModel: true });
      if (complaint) say(complaint, true);
      root.dataset.ready = "true";
      performance.mark(`lstm:${name}`);
    };
    return self;
  }

  // ---- A state in the page's address -------------------------------------------------------

  // #gate_explorer=1&x=1&h=1 ... : the widget's name with the version of its state, then numbers.
  function link(self, name, version, keys) {
    const write = () => {
      const parts = [[name, version], ...keys.map((key) => [key, self.values[key]])];
      return `#${parts.map((part) => part.join("=")).join("&")}`;
    };
    const read = () => {
      const pairs = new URLSearchParams(location.hash.slice(1));
      if (!pairs.has(name)) return;
      self.root.scrollIntoView();
      const found = pairs.get(name);
      if (found !== String(version)) {
        self.say(self.t("other_version", { version: found.slice(0, 20) }), true);
        return;
      }
      pairs.delete(name);
      const odd = keys.find((key) => !pairs.has(key)) ?? [...pairs.keys()].find((key) => !keys.includes(key));
      if (odd !== undefined) {
        self.say(self.t("bad_link", { name: odd.slice(0, 20) }), true);
        return;
      }
      const changes = {};
      for (const key of keys) {
        const value = parseNumber(pairs.get(key));
        changes[key] = Number.isNaN(value) ? pairs.get(key) : value;
      }
      if (self.set(changes)) self.say(self.t("restored"));
    };
    addEventListener("hashchange", read);
    read();
    return self.button("share", self.t("share"), async () => {
      history.replaceState(null, "", write());
      try {
        await navigator.clipboard.writeText(location.href);
        self.say(self.t("copied"));
      } catch {
        self.say(self.t("in_address"));
      }
    });
  }

  // ---- The built book ----------------------------------------------------------------------

  // What a widget sees of Python, where there is none: the stored state, and no one to tell.
  function storedModel(state) {
    const values = { ...state };
    return { get: (key) => values[key], set: (key, value) => { values[key] = value; }, save_changes() {}, on() {} };
  }

  function mount(root, widgets) {
    const picture = [...root.childNodes];
    try {
      widgets[root.dataset.widget].render({ model: storedModel(JSON.parse(root.dataset.state)), el: root });
    } catch (error) {
      const { en, vi } = complete(widgets[root.dataset.widget].words);
      const words = (root.closest("[lang]")?.lang === "vi" ? vi : en).broken.replace("{reason}", error);
      root.replaceChildren(element("p", { class: "lw-status lw-bad", role: "alert", text: words }), ...picture);
    }
  }

  const widgets = {};
  function mountAll() {
    for (const root of document.querySelectorAll(".lstm-widget[data-widget]:not([data-ready])")) {
      if (widgets[root.dataset.widget]) mount(root, widgets);
    }
  }

  // Deferred scripts run when the page is parsed: no need to wait for those that come after.
  function register(name, widget) {
    widgets[name] = widget;
    if (document.readyState === "loading") addEventListener("DOMContentLoaded", mountAll);
    else mountAll();
  }

  return {
    sigmoid, lstmStep, fixed, short, scientific, powerOfTen, factor, substitution, parseNumber,
    GATES, element, setText, setAttribute, fit, quantity, curve, cell, gateCard, view, link, register, mountAll,
  };
})();
