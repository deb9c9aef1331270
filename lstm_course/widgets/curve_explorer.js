// CurveExplorer: the sigmoid and tanh curves under one slider; a finger on a curve moves it too.

function render({ model, el }) {
  const { element, quantity, sigmoid } = lstmCore;
  const view = lstmCore.view({ model, el, name: "curve_explorer", words, ranges });
  const { t } = view;

  const figure = (key, symbol, fn, low) => {
    const picture = lstmCore.curve(fn, low);
    const value = quantity(key);
    const follow = (event) => {
      if (event.buttons === 0 && event.type === "pointermove") return;
      const z = Math.max(ranges.z.min, Math.min(ranges.z.max, picture.zAt(event.clientX)));
      view.set({ z: Math.round(z * 100) / 100 });
    };
    picture.addEventListener("pointerdown", follow);
    picture.addEventListener("pointermove", follow);
    const node = element("section", { class: `lw-card lw-curve-${key}` },
      element("p", { class: "lw-head" }, element("span", { text: t(key) }), " ",
        element("span", { class: "lw-result" }, element("i", { text: symbol }), " = ", value)),
      picture);
    node.show = (z) => {
      picture.show(z);
      value.show(fn(z));
    };
    return node;
  };
  const figures = [figure("sigmoid", "σ(z)", sigmoid, 0), figure("tanh", "tanh(z)", Math.tanh, -1)];

  view.update = () => figures.forEach((node) => node.show(view.values.z));
  view.start(
    view.title(),
    view.control("z", t("z_label"), "z"),
    element("div", { class: "lw-grid", role: "group", "aria-label": t("picture") }, ...figures));
}

export default { render };
