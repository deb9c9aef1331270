// SelfCheck: questions with a reason for every answer. An answer counts when it is checked, so that
// the arrow keys can move over the answers first.

function render({ model, el }) {
  const { element, quantity, setText } = lstmCore;
  const view = lstmCore.view({ model, el, name: "self_check", words, ranges });
  const { t, values, lang } = view;
  const NONE = -1;

  let topic = null;
  let questions = [];
  let [answers, first] = [[], []]; // given last and given first, by question
  let parts = [];

  // ---- Texts with signs: `code`, *word*, x_t become elements, as to_html() in Python -----------

  function written(text) {
    const nodes = [];
    let end = 0;
    for (const sign of text.matchAll(new RegExp(signs, "g"))) {
      const [whole, code, word, ...index] = sign;
      const [tag, inside] = code ? ["code", code] : word ? ["em", word] : ["sub", (index[0] ?? index[1]).replace("-", "−")];
      nodes.push(text.slice(end, sign.index), element(tag, { text: inside }));
      end = sign.index + whole.length;
    }
    return [...nodes, text.slice(end)];
  }
  const told = (item, prefix = "") =>
    written(item[prefix + lang] ?? [...new Set([item[`${prefix}en`], item[`${prefix}vi`]])].join(" · "));

  // ---- One question ---------------------------------------------------------------------------

  function question(asked, k) {
    const chosen = () => inputs.findIndex((input) => input.checked);
    const verdict = element("p", { class: "lw-verdict", role: "status" });
    const show = () => {
      const answer = chosen();
      const checked = answer !== NONE && answer === answers[k];
      const isRight = checked && asked.answers[answer].right === true;
      node.dataset.verdict = checked ? (isRight ? "right" : "wrong") : "none";
      // Written once: what is written is read out.
      const shown = checked ? String(answer) : "";
      if (verdict.dataset.answer === shown) return;
      verdict.dataset.answer = shown;
      verdict.replaceChildren(...(checked
        ? [element("strong", { text: isRight ? `✓ ${t("right")}` : `✗ ${t("wrong")}` }), " ", ...told(asked.answers[answer], "why_")]
        : []));
    };
    const check = () => {
      if (chosen() === NONE) {
        verdict.dataset.answer = "none";
        setText(verdict, t("choose"));
      } else give(answers.map((answer, other) => (other === k ? chosen() : answer)));
    };
    const inputs = asked.answers.map((_, value) =>
      element("input", {
        type: "radio", name: `${view.id}-q${k + 1}`, value, "data-input": `q${k + 1}`, "data-lm-suppress-shortcuts": "true",
        onchange: show,
        onkeydown: (event) => {
          if (event.key !== "Enter") return;
          event.preventDefault();
          check();
        },
      }));
    const labels = asked.answers.map((answer, value) =>
      element("label", { class: "lw-answer" }, inputs[value], element("span", {}, ...told(answer))));
    const button = view.button(`check_${k + 1}`, t("check"), check);
    button.setAttribute("aria-label", t("check_one", { number: k + 1 }));
    const node = element("fieldset", { class: "lw-question" },
      element("legend", {}, `${k + 1}. `, ...told(asked)),
      element("div", {}, ...labels),
      element("div", { class: "lw-buttons" }, button), verdict);
    const choose = (answer) => {
      for (const [value, input] of inputs.entries()) input.checked = value === answer;
      show();
    };
    return { node, show, choose };
  }

  // ---- All of them ----------------------------------------------------------------------------

  const fits = (given) =>
    Array.isArray(given) && given.length === questions.length &&
    given.every((answer, k) => Number.isInteger(answer) && answer >= NONE && answer < questions[k].answers.length);
  // The first answer stays, until the question is taken back.
  const noted = () => answers.map((answer, k) => (answer === NONE || first[k] === NONE ? answer : first[k]));

  function give(given) {
    answers = given;
    first = noted();
    model.set("answers", answers);
    model.set("first", first);
    model.save_changes();
    view.say("");
    update();
  }
  // What Python or the stored state says; whatever does not fit the topic is no answer.
  function take() {
    const none = questions.map(() => NONE);
    answers = fits(model.get("answers")) ? [...model.get("answers")] : none;
    first = fits(model.get("first")) ? [...model.get("first")] : none;
    first = noted();
    parts.forEach((part, k) => part.choose(answers[k]));
    update();
  }

  const outputs = { answered: quantity("answered", 0), right: quantity("right", 0) };
  const result = element("p", { class: "lw-fact" });
  const list = element("div");
  function update() {
    outputs.answered.show(answers.filter((answer) => answer !== NONE).length);
    outputs.right.show(first.filter((answer, k) => questions[k].answers[answer]?.right).length);
    for (const part of parts) part.show();
  }
  view.update = () => {
    if (values.topic === topic) return;
    topic = values.topic;
    questions = topics[topic] ?? model.get("questions") ?? []; // in the book, the state brings them
    parts = questions.map(question);
    list.replaceChildren(...parts.map(({ node }) => node));
    const [count, pieces] = [questions.length, t("result").split(/\{(\w+)\}/)];
    result.replaceChildren(...pieces.map((piece, k) => (k % 2 ? outputs[piece] ?? String(count) : piece)));
    setText(title, t("title", { count }));
    take();
  };

  const again = view.button("again", t("again"), () => {
    give(questions.map(() => NONE));
    for (const part of parts) part.choose(NONE);
    view.say(t("again_done"));
  });
  const title = view.title({ count: "" });
  view.start(title, element("p", { class: "lw-hint", text: t("hint") }), list, result,
    element("div", { class: "lw-buttons" }, again));
  for (const key of ["answers", "first"]) {
    model.on(`change:${key}`, () => {
      const [now, shown] = [model.get(key), key === "first" ? first : answers];
      if (String(now) !== String(shown)) take();
    });
    if (!fits(model.get(key))) {
      view.say(t("bad_answers", { name: key, value: String(model.get(key)).slice(0, 40), count: questions.length }), true);
    }
  }
}

export default { render };
