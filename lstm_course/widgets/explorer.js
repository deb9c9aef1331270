// What the widgets around a classifier of texts share: box, answer, notes, pushes, values of a unit.
const lstmExplorer = (() => {
  "use strict";

  const { element, fit, fixed, quantity, setText, setAttribute, sigmoid } = lstmCore;

  const signed = (value, digits = 2) => `${value < 0 || Object.is(fixed(value, digits), fixed(0, digits)) ? "" : "+"}${fixed(value, digits)}`;
  const quoted = (word) => `“${word.length > 60 ? `${word.slice(0, 60)}…` : word}”`;
  // A quantity that is not computed yet has neither number nor value.
  const blank = (output) => {
    setText(output, "…");
    output.removeAttribute("data-value");
  };

  // `answer` is the quantity of the answer, [up, down] the names of its two sides, `own` the notes
  // that the widget adds to those on a text, given what reader.read() found.
  function explorer({ model, el, name, words, ranges, most, answer, sides: [up, down], rows, own }) {
    const packed = model.get("network");
    const net = lstmNetwork.network(packed);
    const reader = lstmReading.reader(packed);
    const limit = structuredClone(ranges);
    limit.unit.max = net.units;
    if (net.directions === 1) limit.direction.choices = ["forward"];
    const view = lstmCore.view({ model, el, name, words, ranges: limit });
    view.root.classList.add("lw-explorer");
    const { t, values } = view;
    const later = lstmNetwork.inFrames(12);

    const first = model.get("text") ?? "";
    let text = first;
    const self = {
      view, net, reader,
      found: [], // the words that were read
      now: null, // what the network made of them
      read: null, // what reader.read() gave
      typed() {}, // called when a reader has changed the text
    };

    // ---- The answer ----------------------------------------------------------------------------

    const p = quantity(answer);
    const verdict = element("strong");
    const fill = element("span", { class: "lw-meter-fill" });
    const notes = element("p", { class: "lw-hint" });
    const accuracy = model.get("accuracy");

    const showAnswer = () => {
      const value = sigmoid(self.now.logits[0]);
      p.show(value);
      fill.style.left = `${(100 * value).toFixed(2)}%`;
      setText(verdict, t(`looks_${value >= 0.5 ? up : down}`) + (Math.abs(value - 0.5) < 0.1 ? ` ${t("hardly")}` : ""));
    };

    const showNotes = () => {
      const begin = text.slice(0, 2 * most.letters);
      const { found } = self;
      const blind = found.filter((word) => !word.numbers.length);
      const inPieces = found.filter((word) => word.numbers.length && !word.known);
      const few = (list) => [...new Set(list.map((word) => quoted(word.text)))].slice(0, 5).join(", ") + (list.length > 5 ? " …" : "");
      setText(notes, [
        found.length ? "" : t("no_words"),
        ...own(self.read),
        /<[^>]*>/.test(begin) ? t(packed.steps.includes("html") ? "tags" : "markup") : "",
        packed.steps.includes("lower") && begin !== begin.toLowerCase() ? t("capitals") : "",
        begin.normalize("NFC") !== begin ? t("composed") : "",
        inPieces.length && reader.byPieces ? t("in_pieces", { words: few(inPieces) }) : "",
        blind.length ? t("blind", { words: few(blind) }) : "",
      ].filter(Boolean).join(" "));
    };

    // ---- Which parts of the text pushed which way ------------------------------------------------

    // The strongest to either side, in words; `label(k)` names part k.
    const strongest = (pushes, label) => {
      const best = (sign) => pushes.reduce((k, push, j) => (sign * push > 0 && (k < 0 || sign * push > sign * pushes[k]) ? j : k), -1);
      const whole = self.now.logits[0];
      return [[1, up], [-1, down]].map(([sign, side]) => {
        const k = best(sign);
        if (k < 0) return t(`none_${side}`);
        return t(`most_${side}`, { word: quoted(label(k)), push: signed(pushes[k]), p: fixed(sigmoid(whole)), without: fixed(sigmoid(whole - pushes[k])) });
      }).join(" ");
    };

    // A table of parts with their pushes, as quantities `${key}_1`, `${key}_2`, ...
    self.pushTable = (key, caption, what) => {
      const list = [];
      let labels = [];
      const body = element("tbody");
      const summary = element("p", { class: "lw-story" });
      const column = (label) => element("th", { scope: "col", text: label });
      const node = element("table", { class: "lw-push" },
        element("caption", { text: caption }),
        element("thead", {}, element("tr", {}, column(what),
          element("th", { scope: "col" }, element("span", { class: "lw-ends" },
            element("span", { text: `← ${t(down)}` }), element("span", { text: `${t(up)} →` }))),
          column(t("push")))),
        body);
      const row = (k) => {
        const bar = element("span", { class: "lw-push-fill" });
        const output = quantity(`${key}_${k + 1}`);
        const part = element("th", { scope: "row", lang: box.lang });
        const tr = element("tr", {}, part, element("td", { "aria-hidden": "true" }, element("span", { class: "lw-push-bar" }, bar)), element("td", {}, output));
        return { node: tr, part, bar, output };
      };
      const begin = (parts) => {
        labels = parts;
        fit(list, parts.length, row, body);
        list.forEach(({ part, bar, output }, k) => {
          setText(part, parts[k]);
          blank(output);
          bar.style.width = "0";
        });
      };
      const show = (pushes) => {
        const largest = Math.max(1e-9, ...pushes.map(Math.abs));
        pushes.forEach((push, k) => {
          const { bar, output } = list[k];
          setText(output, signed(push));
          setAttribute(output, "data-value", push);
          const width = (50 * Math.abs(push)) / largest;
          Object.assign(bar.style, { left: `${push < 0 ? 50 - width : 50}%`, width: `${width}%` });
          bar.classList.toggle("lw-below", push < 0);
        });
        setText(summary, pushes.length ? strongest(pushes, (k) => labels[k]) : "");
      };
      return { node, summary, begin, show };
    };
    self.strongest = strongest;

    // ---- Gates and states ------------------------------------------------------------------------

    // What the direction has at word k: of one unit, or the mean of all; and that at every word.
    self.value = (k, gate, unit = values.unit) => {
      const states = self.now.states[values.direction === "backward" ? 1 : 0];
      const from = lstmNetwork.PARTS.indexOf(gate) * net.units;
      const all = states[k].subarray(from, from + net.units);
      return unit ? all[unit - 1] : all.reduce((sum, value) => sum + value, 0) / net.units;
    };
    self.series = (gate = values.gate, unit = values.unit) => self.found.map((_, k) => self.value(k, gate, unit));
    self.seriesTold = () => [
      values.unit ? t("one_unit", { unit: values.unit, count: net.units }) : t("mean_of_units", { count: net.units }),
      t(`reads_${values.direction}`),
    ];
    self.seriesKind = () => `lw-${"ch".includes(values.gate) ? "state" : "gate"}-${values.gate}`;
    const direction = view.choice("direction", t("direction_label"));
    direction.hidden = net.directions === 1;
    self.controls = { gate: view.choice("gate", t("gate_label")), direction, unit: view.control("unit", t("unit_label")) };

    // ---- All of it -------------------------------------------------------------------------------

    // explain() gives the generator that shows the rest; it runs in the frames after the answer.
    let explain = null;
    const accept = (typed, { keepBox = false, fromModel = false } = {}) => {
      text = typed;
      if (!keepBox) box.value = typed;
      if (!fromModel) {
        model.set("text", typed);
        self.typed(typed);
        model.save_changes();
      }
      view.say("");
      self.read = reader.read(typed, most);
      self.found = self.read.words;
      self.now = net.explore(self.found);
      showAnswer();
      showNotes();
      later(explain());
    };

    const box = element("textarea", {
      id: `${view.id}-text`, "data-input": "text", rows, lang: "en", spellcheck: "false", autocapitalize: "off", autocomplete: "off",
      "data-lm-suppress-shortcuts": "true", oninput: () => accept(box.value, { keepBox: true }),
    });
    const examples = (model.get("examples") ?? []).map((example, i) => {
      const button = view.button(`example_${i + 1}`, example.length > 100 ? `${example.slice(0, 80)}…` : example, () => accept(example));
      button.lang = "en";
      return button;
    });
    const reset = view.button("reset", t("reset"), () => {
      view.set(view.initial);
      accept(first);
      view.say(t("reset_done"));
    });

    self.speaks = (lang) => [box, ...examples].forEach((node) => setAttribute(node, "lang", lang));

    // `label` is the box's label; the parts come below the answer.
    self.start = (label, generator, ...parts) => {
      explain = generator;
      view.start(
        view.title(),
        element("label", { for: box.id, class: "lw-wide" }, label, box),
        examples.length ? element("div", { class: "lw-buttons lw-examples", role: "group", "aria-label": t("examples") },
          element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples, reset) : element("div", { class: "lw-buttons" }, reset),
        element("div", { class: "lw-verdict" },
          element("p", { class: "lw-story", "aria-live": "polite" }, verdict),
          element("p", { class: "lw-fact" }, `${t("p_label")} = `, p),
          element("div", { class: "lw-meter", "aria-hidden": "true" },
            element("span", { class: "lw-ends" }, element("span", { text: `0 ${t(down)}` }), element("span", { text: "0.5" }), element("span", { text: `${t(up)} 1` })),
            element("span", { class: "lw-meter-line" }, fill)),
          typeof accuracy === "number" ? element("p", { text: t("accuracy", { percent: fixed(100 * accuracy, 1) }) }) : "",
          notes,
          element("p", { class: "lw-hint", text: t("limits") })),
        ...parts);
      model.on("change:text", () => {
        if (model.get("text") !== text) accept(model.get("text"), { fromModel: true });
      });
      const complaint = view.status.textContent;
      accept(first, { fromModel: true });
      if (complaint) view.say(complaint, true);
    };
    return self;
  }

  return { explorer, signed, quoted, blank, fit };
})();
