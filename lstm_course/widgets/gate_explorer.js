// GateExplorer: one step of an LSTM cell, with every number of it on a slider.

function render({ model, el }) {
  const { element, setText, fixed, short, quantity, lstmStep, GATES } = lstmCore;
  const view = lstmCore.view({ model, el, name: "gate_explorer", words, ranges });
  const { t } = view;

  const picture = lstmCore.cell(cellDrawing, t, t("picture"));
  picture.stage(7, false); // the finished cell: the wires of earlier stages are not its own
  const cards = Object.keys(GATES).map((gate) => Object.assign(lstmCore.gateCard(gate, t), { gate }));
  const [newC, newH] = [quantity("c"), quantity("h")];
  const [sumC, sumH] = [element("p", { class: "lw-sum" }), element("p", { class: "lw-sum" })];
  const stateCard = (key, letter, value, sum) =>
    element("section", { class: `lw-card lw-state-${letter}` },
      element("p", { class: "lw-head" }, element("span", { text: t(key) }), " ",
        element("span", { class: "lw-result" }, element("i", {}, letter, element("sub", { text: "t" })), " = ", value)),
      sum);

  view.update = () => {
    const now = view.values;
    const step = lstmStep(now.x, now.h, now.c, now);
    picture.show(step, now);
    for (const card of cards) card.show(step, now);
    newC.show(step.c);
    newH.show(step.h);
    const factor = (v) => (v < 0 ? `(${fixed(v)})` : fixed(v));
    setText(sumC, `f·c + i·g = ${fixed(step.f)}·${lstmCore.factor(now.c)} + ${fixed(step.i)}·${factor(step.g)} = ${fixed(step.c)}`);
    setText(sumH, `o·tanh(c) = ${fixed(step.o)}·${factor(Math.tanh(step.c))} = ${fixed(step.h)}`);
  };

  const buttons = Object.entries(presets).map(([key, values]) =>
    view.button(`preset_${key}`, t(key), () => {
      view.set(values);
      view.say(t(`${key}_note`));
    }));
  const inputs = element("div", { class: "lw-inputs" },
    view.control("x", t("x_label"), "x"),
    view.control("h", t("h_label"), "h"),
    view.control("c", t("c_label"), "c"));
  const weights = element("details", { class: "lw-weights" },
    element("summary", { text: t("weights") }),
    element("div", { class: "lw-grid" },
      ...Object.entries(GATES).map(([gate, key]) =>
        element("fieldset", { class: `lw-gate-${gate}` },
          element("legend", {}, t(key), " ", element("i", { text: gate })),
          view.control(`w_${gate}x`, t("weight_of_x")),
          view.control(`w_${gate}h`, t("weight_of_h")),
          view.control(`b_${gate}`, t("bias"))))));
  const reset = view.button("reset", t("reset"), () => {
    view.set(view.initial);
    view.say(t("reset_done"));
  });
  const tools = element("div", { class: "lw-buttons" }, reset);

  view.start(
    view.title(),
    element("div", { class: "lw-buttons", role: "group", "aria-label": t("presets") },
      element("span", { class: "lw-hint", text: `${t("presets")}:` }), ...buttons),
    element("div", { class: "lw-columns" },
      picture,
      element("div", {}, inputs,
        stateCard("memory", "c", newC, sumC), stateCard("output", "h", newH, sumH))),
    element("div", { class: "lw-grid" }, ...cards),
    weights,
    tools);
  // Only a page has an address to share; a notebook shares its code.
  if (view.island) tools.append(lstmCore.link(view, "gate_explorer", 1, Object.keys(ranges)));
}

export default { render };
