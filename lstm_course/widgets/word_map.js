// WordMap: words on a map to walk in, their neighbours by cosine, and sums of words.

function render({ model, el }) {
  const view = lstmCore.view({ model, el, name: "word_map", words, ranges });
  view.start(view.title());
}

export default { render };
