// SingleGate: one gate of the cell alone, and what it does to the number it guards.

function render({ model, el }) {
  const { element, setText, fixed, quantity, lstmStep, GATES } = lstmCore;
  const gate = model.get("gate");
  const view = lstmCore.view({ model, el, name: "single_gate", words, ranges });
  const { t } = view;

  // What comes in, what the gate makes of it, and how that is written.
  const effects = {
    f: (step, { c }) => [c, step.f * c, `f·c = ${fixed(step.f)}·${lstmCore.factor(c)}`],
    i: (step) => [step.g, step.i * step.g, `i·g = ${fixed(step.i)}·${fixed(step.g)}`],
    g: (step) => [step.g, step.i * step.g, `i·g = ${fixed(step.i)}·${fixed(step.g)}`],
    o: (step) => [Math.tanh(step.c), step.h, `o·tanh(c) = ${fixed(step.o)}·${fixed(Math.tanh(step.c))}`],
  };
  const card = lstmCore.gateCard(gate, t);
  const effect = quantity("effect");
  const sum = element("p", { class: "lw-sum" });
  const [before, after] = ["before", "after"].map((key) => bar(element, t(key)));

  view.update = () => {
    const now = view.values;
    const step = lstmStep(now.x, now.h, now.c, now);
    card.show(step, now);
    const [value, left, formula] = effects[gate](step, now);
    effect.show(left);
    setText(sum, `${formula} = ${fixed(left)}`);
    const scale = Math.max(1, Math.abs(value), Math.abs(left));
    before.show(value, scale, fixed(value));
    after.show(left, scale, fixed(left));
  };

  const reset = view.button("reset", t("reset"), () => {
    view.set(view.initial);
    view.say(t("reset_done"));
  });
  view.start(
    view.title({ gate: t(GATES[gate]) }),
    element("div", { class: "lw-columns" },
      element("div", { class: "lw-inputs" },
        view.control("x", t("x_label"), "x"),
        view.control("h", t("h_label"), "h"),
        view.control("c", t("c_label"), "c"),
        view.control(`w_${gate}x`, t("weight_of_x")),
        view.control(`w_${gate}h`, t("weight_of_h")),
        view.control(`b_${gate}`, t("bias"))),
      element("div", {}, card,
        element("section", { class: `lw-card lw-gate-${gate}` },
          element("p", { class: "lw-head" }, element("span", { text: t(`effect_${gate}`) }), " ", element("span", { class: "lw-result" }, effect)),
          before, after, sum))),
    element("div", { class: "lw-buttons" }, reset));
}

// A horizontal bar around zero; the number stands beside it.
function bar(element, label) {
  const fill = element("span", { class: "lw-bar-fill" });
  const number = element("span", { class: "lw-bar-number" });
  const node = element("div", { class: "lw-bar" }, element("span", { text: label }), element("span", { class: "lw-bar-track" }, fill), number);
  node.show = (value, scale, text) => {
    const half = (Math.abs(value) / scale) * 50;
    fill.style.left = `${value < 0 ? 50 - half : 50}%`;
    fill.style.width = `${half}%`;
    number.textContent = text;
  };
  return node;
}

export default { render };
