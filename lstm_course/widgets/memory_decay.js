// MemoryDecay: a memory of 1 that every step multiplies by the forget gate.

function render({ model, el }) {
  const { element, quantity, setAttribute, setText } = lstmCore;
  const view = lstmCore.view({ model, el, name: "memory_decay", words, ranges });
  const { t } = view;

  const holder = document.createElement("div");
  const marks = [...Array(steps + 1).keys()];
  holder.innerHTML =
    '<svg class="lw-bars" role="img" viewBox="0 0 326 122"><path class="lw-bound" d="M4 10H322M4 55H322"/><path class="lw-axis" d="M4 100H322"/>' +
    marks.map((k) => `<rect x="${6 + 15 * k}" width="11"/>`).join("") +
    marks.filter((k) => k % 5 === 0).map((k) => `<text x="${11.5 + 15 * k}" y="116" text-anchor="middle">${k}</text>`).join("") +
    "</svg>";
  const picture = holder.firstElementChild;
  picture.setAttribute("aria-label", t("picture"));
  const bars = [...picture.querySelectorAll("rect")];
  const left = quantity("left_after_10");
  const half = element("output", { "data-quantity": "half_life", "aria-live": "off" });

  view.update = () => {
    const { f } = view.values;
    bars.forEach((bar, k) => {
      const height = 90 * f ** k;
      setAttribute(bar, "y", (100 - height).toFixed(1));
      setAttribute(bar, "height", height.toFixed(1));
    });
    left.show(f ** 10);
    const halfLife = stepsToHalf(f);
    setText(half, Number.isFinite(halfLife) ? String(halfLife) : t("never"));
    setAttribute(half, "data-value", halfLife);
  };
  const result = (key, value) =>
    element("p", { class: "lw-fact" }, element("span", { text: t(key) }), ": ", element("strong", {}, value));
  view.start(
    view.title(),
    view.control("f", t("f_label"), "f"),
    picture,
    element("p", { class: "lw-axis-name", text: t("axis") }),
    element("div", { class: "lw-facts" }, result("after", left), result("half", half)));
}

// The smallest number of steps after which less than half is left, as half_life in Python.
function stepsToHalf(f) {
  if (f === 1) return Infinity;
  if (f < 0.5) return 1;
  let steps = Math.max(1, Math.floor(Math.log(0.5) / Math.log(f)) - 1);
  while (f ** steps >= 0.5) steps += 1;
  return steps;
}

export default { render };
