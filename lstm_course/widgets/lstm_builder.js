// LSTMBuilder: the way from a recurrent network to the LSTM, stage by stage.

function render({ model, el }) {
  const { element, setText, fixed, quantity, lstmStep } = lstmCore;
  const view = lstmCore.view({ model, el, name: "lstm_builder", words, ranges });
  const { t } = view;

  const picture = lstmCore.cell(cellDrawing, t, t("picture"));
  const [newC, newH] = [quantity("c"), quantity("h")];
  const story = element("p", { class: "lw-story", "aria-live": "polite" });
  const [formulaC, formulaH] = [element("p", { class: "lw-sum" }), element("p", { class: "lw-sum" })];
  const noMemory = element("p", { class: "lw-hint", text: t("no_memory") });

  view.update = () => {
    const { stage, x, h, c } = view.values;
    const full = lstmStep(x, h, c, view.values);
    const added = full.i * full.g;
    // The same rules as build_stage() in cells.py.
    const c_t = stage <= 3 ? c : stage === 4 ? c + added : full.c;
    const h_t = [full.g, added, added, c_t, c_t, Math.tanh(c_t), full.h][stage - 1];
    picture.stage(stage);
    picture.show({ ...full, c: c_t, h: h_t }, { x, h, c });
    newC.show(c_t);
    newH.show(h_t);
    const [f, i, g, o] = [full.f, full.i, full.g, full.o].map((v) => (v < 0 ? `(${fixed(v)})` : fixed(v)));
    const old = lstmCore.factor(c);
    const cLines = [`c = ${old}`, `c + i·g = ${old} + ${i}·${g}`, `f·c + i·g = ${f}·${old} + ${i}·${g}`];
    setText(formulaC, stage < 3 ? "" : `cₜ = ${cLines[Math.max(0, Math.min(2, stage - 3))]}${stage > 3 ? ` = ${fixed(c_t)}` : ""}`);
    const hLines = [`g`, `i·g = ${i}·${g}`, `i·g = ${i}·${g}`, `cₜ`, `cₜ`, `tanh(cₜ)`, `o·tanh(cₜ) = ${o}·${fixed(Math.tanh(c_t))}`];
    setText(formulaH, `hₜ = ${hLines[stage - 1]} = ${fixed(h_t)}`);
    noMemory.hidden = stage >= 3;
    factC.hidden = stage < 3;
    setText(story, `${stage}/${ranges.stage.max}. ${t(`stage_${stage}`)}`);
    back.disabled = stage === 1;
    next.disabled = stage === ranges.stage.max;
  };

  const move = (by) => () => view.set({ stage: view.values.stage + by });
  const back = view.button("previous", t("previous"), move(-1));
  const next = view.button("next", t("next"), move(1));
  const result = (letter, value) => element("p", { class: "lw-fact" }, element("i", {}, letter, element("sub", { text: "t" })), " = ", element("strong", {}, value));
  const factC = result("c", newC);
  view.start(
    view.title(),
    element("div", { class: "lw-stage" }, view.control("stage", t("stage_label")),
      element("div", { class: "lw-buttons" }, back, next)),
    story,
    element("div", { class: "lw-columns" },
      picture,
      element("div", {},
        element("div", { class: "lw-inputs" },
          view.control("x", t("x_label"), "x"),
          view.control("h", t("h_label"), "h"),
          view.control("c", t("c_label"), "c")),
        noMemory, factC, formulaC, result("h", newH), formulaH)));
}

export default { render };
