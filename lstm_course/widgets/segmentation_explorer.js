function render({ model, el }) {
  const view = lstmCore.view({ model, el, name: "segmentation_explorer", words, ranges });
  view.start(view.title());
}
export default { render };
