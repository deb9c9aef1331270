// WordMap: words on a map to walk in, their neighbours by cosine, and sums of words.

function render({ model, el }) {
  const { element, fixed, quantity, setText, setAttribute } = lstmCore;
  const view = lstmCore.view({ model, el, name: "word_map", words, ranges });
  const { t } = view;
  const tell = (key, value) => {
    model.set(key, value);
    model.save_changes();
  };

  // ---- The words, their directions and their places ----------------------------------------------

  const data = model.get("data");
  const names = data.words.split("\x1f");
  const size = names.length;
  const shown = (number) => names[number].replaceAll("_", " ");
  const vectors = unitVectors(lstmNetwork.unpackAll({ vectors: data.vectors }).vectors);
  const places = unpackPlaces(data.places);
  const groups = data.groups ?? new Array(size).fill(0);
  const groupNames = model.get("group_names") ?? [];
  const lang = model.get("words_lang") ?? "vi";
  const dimension = vectors.values.length / size;
  const many = Math.min(limits.nearest, size - 1);

  // Those nearest to a direction by cosine; equally near ones in their own order, as in Python.
  const nearest = (direction, without, wanted) => {
    const cosines = vectors.times(direction);
    const rounded = cosines.map((cosine) => Math.round(cosine * 1e12));
    const order = [];
    for (let number = 0; number < size; number += 1) if (!without.includes(number)) order.push(number);
    order.sort((a, b) => rounded[b] - rounded[a] || a - b);
    return order.slice(0, wanted).map((number) => [number, cosines[number]]);
  };
  const apart = (a, b) => (places[2 * a] - places[2 * b]) ** 2 + (places[2 * a + 1] - places[2 * b + 1]) ** 2;
  const nearestOnMap = (number) => {
    const away = names.map((_, other) => apart(number, other));
    const order = names.map((_, other) => other).filter((other) => other !== number);
    return order.sort((a, b) => away[a] - away[b] || a - b).slice(0, many);
  };

  const spelled = names.map((name) => [plain(name), bare(name)]);
  const letters = spelled.map((spellings) => spellings.map((spelling) => [...spelling]));
  const numbers = new Map(names.map((name, number) => [name, number]));
  const numberOf = (typed) => {
    const composed = typed.normalize("NFC");
    if (numbers.has(composed)) return numbers.get(composed);
    const wanted = [plain(typed), bare(typed)];
    if (!wanted[0]) return -1;
    for (const way of [0, 1]) {
      const number = spelled.findIndex((spellings) => spellings[way] === wanted[way]);
      if (number >= 0) return number;
    }
    return -1;
  };
  const findAll = (typed) => {
    const [p, b] = [plain(typed), bare(typed)];
    if (!p) return [];
    const rank = ([own, without]) =>
      [own === p, own.startsWith(p), without === b, without.startsWith(b), without.includes(` ${b}`)].indexOf(true);
    const ranks = spelled.map(rank);
    return names.map((_, number) => number).filter((number) => ranks[number] >= 0).sort((x, y) => ranks[x] - ranks[y] || x - y);
  };
  const spelledLike = (typed) => {
    const [p, b] = [[...plain(typed)], [...bare(typed)]];
    const near = [];
    letters.forEach(([own, without], number) => {
      if (2 * Math.abs(without.length - b.length) > b.length) return;
      const changes = lettersChanged(without, b);
      if (2 * changes <= b.length) near.push([changes, lettersChanged(own, p), number]);
    });
    return near.sort((x, y) => x[0] - y[0] || x[1] - y[1] || x[2] - y[2]).slice(0, 3).map((found) => found[2]);
  };

  // ---- What is chosen ----------------------------------------------------------------------------

  const SUM = ["start", "minus", "plus"];
  const stored = () => ({
    chosen: model.get("chosen") ?? "",
    search: model.get("search") ?? "",
    hidden: model.get("hidden") ?? [],
    sum: Object.fromEntries(SUM.map((part) => [part, model.get(part) ?? ""])),
  });
  const first = stored();
  let chosen = -1;
  let near = []; // its neighbours by cosine, [number, cosine]
  let nearHere = []; // and those on the map
  let been = []; // where the walk came through
  let hidden = new Set();
  const sum = { start: -1, minus: -1, plus: -1 };
  let results = [];

  const choose = (number, { silent = false, fromModel = false } = {}) => {
    chosen = number;
    near = number < 0 ? [] : nearest(vectors.row(number), [number], many);
    nearHere = number < 0 ? [] : nearestOnMap(number);
    if (!fromModel) tell("chosen", number < 0 ? "" : names[number]);
    view.say("");
    showChosen(silent);
    if (number >= 0) comeIntoView(number);
    paint();
  };
  const walkTo = (number) => {
    if (number === chosen) return comeIntoView(number);
    if (chosen >= 0) been.push(chosen);
    choose(number);
  };

  // ---- The part of the map that is seen ----------------------------------------------------------

  const canvas = element("canvas", { "aria-hidden": "true" });
  const how = element("p", { class: "lw-hint lw-how", id: `${view.id}-how`, text: t("how") });
  const map = element("div", {
    class: "lw-map", tabindex: 0, role: "application", "aria-label": t("map_label"), "aria-describedby": how.id,
    "data-lm-suppress-shortcuts": "true",
  }, canvas);
  const pen = canvas.getContext("2d");
  const camera = { x: 0, y: 0, zoom: 1 }; // the middle of what is seen, from -1 to 1, y upwards
  const DEEPEST = 20;
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const paper = matchMedia("print");
  const box = { width: 0, height: 0 };
  const zoomShown = quantity("zoom", 1);

  // How far the words reach: the map lies in the box as large as it goes.
  const extent = [0, 1].map((axis) => Math.max(0.2, ...names.map((_, number) => Math.abs(places[2 * number + axis]) / limits.steps)));
  const scale = () => (Math.min((box.width - 70) / extent[0], (box.height - 50) / extent[1]) / 2) * camera.zoom;
  const px = (number) => box.width / 2 + (places[2 * number] / limits.steps - camera.x) * scale();
  const py = (number) => box.height / 2 - (places[2 * number + 1] / limits.steps - camera.y) * scale();
  const look = (x, y, zoom) => {
    camera.zoom = Math.max(1, Math.min(DEEPEST, zoom));
    const edge = 1.2 - 1 / camera.zoom;
    camera.x = Math.max(-edge, Math.min(edge, x));
    camera.y = Math.max(-edge, Math.min(edge, y));
    map.classList.toggle("lw-near", camera.zoom > 1);
    for (const [key, value] of Object.entries(camera)) map.dataset[key] = value.toFixed(4);
    zoomShown.show(camera.zoom);
    nearer.disabled = camera.zoom >= DEEPEST;
    farther.disabled = camera.zoom <= 1;
    paint();
  };
  let flight = 0;
  const fly = (x, y, zoom) => {
    cancelAnimationFrame(flight);
    if (still.matches || !box.width) return look(x, y, zoom);
    const from = { ...camera };
    const begun = performance.now();
    const step = (now) => {
      const part = Math.max(0, Math.min(1, (now - begun) / 260));
      const eased = part * part * (3 - 2 * part);
      look(from.x + (x - from.x) * eased, from.y + (y - from.y) * eased, from.zoom * (zoom / from.zoom) ** eased);
      if (part < 1) flight = requestAnimationFrame(step);
    };
    flight = requestAnimationFrame(step);
  };
  const comeIntoView = (number) => {
    if (!box.width) return;
    const inside = (at, length) => at > 0.12 * length && at < 0.88 * length;
    if (camera.zoom === 1 && !camera.x && !camera.y) return;
    if (inside(px(number), box.width) && inside(py(number), box.height)) return;
    fly(places[2 * number] / limits.steps, places[2 * number + 1] / limits.steps, camera.zoom);
  };
  const pan = (right, up) => look(camera.x - right / scale(), camera.y + up / scale(), camera.zoom);
  // The point of the map that lies under (x, y) of the box stays there.
  const zoomAt = (x, y, factor) => {
    cancelAnimationFrame(flight);
    const zoom = Math.max(1, Math.min(DEEPEST, camera.zoom * factor));
    const [right, up] = [(x - box.width / 2) / scale(), (box.height / 2 - y) / scale()];
    const kept = 1 - camera.zoom / zoom;
    look(camera.x + right * kept, camera.y + up * kept, zoom);
  };
  const zoomBy = (factor) => {
    // Around the chosen word, if it is seen.
    const seen = chosen >= 0 && Math.abs(px(chosen) - box.width / 2) < box.width / 2 && Math.abs(py(chosen) - box.height / 2) < box.height / 2;
    const zoom = Math.max(1, Math.min(DEEPEST, camera.zoom * factor));
    const kept = seen ? 1 - camera.zoom / zoom : 0;
    const [x, y] = seen ? [places[2 * chosen] / limits.steps, places[2 * chosen + 1] / limits.steps] : [0, 0];
    fly(camera.x + (x - camera.x) * kept, camera.y + (y - camera.y) * kept, zoom);
  };
  const whole = () => fly(0, 0, 1);
  // The chosen word and its neighbours fill the box.
  const closer = () => {
    const seen = [chosen, ...near.map(([number]) => number)];
    const [left, low] = [0, 1].map((axis) => Math.min(...seen.map((number) => places[2 * number + axis])) / limits.steps);
    const [right, high] = [0, 1].map((axis) => Math.max(...seen.map((number) => places[2 * number + axis])) / limits.steps);
    const fit = 0.7 * Math.min(box.width / Math.max(1e-9, right - left), box.height / Math.max(1e-9, high - low)) / scale();
    fly((left + right) / 2, (low + high) / 2, Math.min(0.6 * DEEPEST, Math.max(1, camera.zoom * fit)));
  };
  const nearer = view.button("zoom_in", "+", () => zoomBy(1.6));
  const farther = view.button("zoom_out", "−", () => zoomBy(1 / 1.6));
  const around = view.button("around", t("around"), closer);
  nearer.setAttribute("aria-label", `+ ${t("zoom_in")}`);
  farther.setAttribute("aria-label", `− ${t("zoom_out")}`);

  // ---- Painting ----------------------------------------------------------------------------------

  // The colours are those of elements, so that themes, paper and forced colours need no code here.
  const inks = [...marks.keys()].map((group) => element("span", { class: `lw-group-${group}`, hidden: "" }));
  const shapes = marks.map((path) => new Path2D(path));
  const widths = new Map(); // of a name, at 100 px
  const sky = element("canvas");
  const COARSE = 5;
  let labels = []; // [number, left, top, right, bottom]
  let hovered = -1;
  let frame = 0;
  const paint = () => { frame ||= requestAnimationFrame(draw); };
  const visible = (number) => !hidden.has(groups[number]);

  // Countries: a soft cloud of its group's colour around every word. On a coarse grid, as drawing
  // two thousand small pictures takes longer than a frame.
  const clouds = (spots) => {
    const [across, down] = [Math.ceil(box.width / COARSE), Math.ceil(box.height / COARSE)];
    const sums = new Float32Array(4 * across * down); // of each cell: red, green, blue, weight
    const reach = Math.max(13, Math.min(80, 0.06 * scale())) / COARSE;
    const parts = new Map();
    for (const [left, top, ink] of spots) {
      if (!parts.has(ink)) parts.set(ink, ink.match(/[\d.]+/g).map(Number));
      const [red, green, blue] = parts.get(ink);
      const [x, y] = [left / COARSE - 0.5, top / COARSE - 0.5];
      for (let row = Math.max(0, Math.ceil(y - reach)); row < Math.min(down, y + reach); row += 1) {
        for (let column = Math.max(0, Math.ceil(x - reach)); column < Math.min(across, x + reach); column += 1) {
          const weight = 0.1 * (1 - Math.sqrt((column - x) ** 2 + (row - y) ** 2) / reach);
          if (weight <= 0) continue;
          const at = 4 * (row * across + column);
          sums[at] += weight * red;
          sums[at + 1] += weight * green;
          sums[at + 2] += weight * blue;
          sums[at + 3] += weight;
        }
      }
    }
    const image = new ImageData(across, down);
    for (let at = 0; at < sums.length; at += 4) {
      const weight = sums[at + 3];
      if (!weight) continue;
      for (let k = at; k < at + 3; k += 1) image.data[k] = sums[k] / weight;
      image.data[at + 3] = 255 * 0.75 * (1 - Math.exp(-weight));
    }
    [sky.width, sky.height] = [across, down];
    sky.getContext("2d").putImageData(image, 0, 0);
    return sky;
  };

  const draw = () => {
    cancelAnimationFrame(frame);
    frame = 0;
    [box.width, box.height] = [map.clientWidth, map.clientHeight];
    if (!box.width || !box.height) return;
    const printed = paper.matches || view.root.classList.contains("lw-paper");
    const ratio = printed ? 3 : Math.min(4, devicePixelRatio || 1);
    const [across, down] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (canvas.width !== across || canvas.height !== down) [canvas.width, canvas.height] = [across, down];
    const style = getComputedStyle(view.root);
    const [text, back, font] = [style.color, getComputedStyle(map).backgroundColor, style.fontFamily];
    const colours = inks.map((ink) => getComputedStyle(ink).color);
    pen.setTransform(ratio, 0, 0, ratio, 0, 0);
    pen.globalAlpha = 1;
    pen.fillStyle = back;
    pen.fillRect(0, 0, box.width, box.height);

    const margin = 80;
    const focus = new Set(near.map(([number]) => number));
    const x = new Float64Array(size);
    const y = new Float64Array(size);
    const seen = [];
    for (let number = 0; number < size; number += 1) {
      x[number] = px(number);
      y[number] = py(number);
      const inside = x[number] > -margin && x[number] < box.width + margin && y[number] > -margin && y[number] < box.height + margin;
      if (inside && (visible(number) || number === chosen || focus.has(number))) seen.push(number);
    }

    if (!forced.matches) {
      const cloudy = clouds(seen.map((number) => [x[number], y[number], colours[groups[number]]]));
      pen.drawImage(cloudy, 0, 0, COARSE * cloudy.width, COARSE * cloudy.height);
    }

    if (chosen >= 0) {
      pen.strokeStyle = text;
      pen.globalAlpha = 0.7;
      pen.lineWidth = 1;
      const radius = Math.sqrt(apart(chosen, nearHere.at(-1))) / limits.steps * scale();
      pen.setLineDash([1, 4]);
      pen.beginPath();
      pen.arc(x[chosen], y[chosen], radius + 1, 0, 2 * Math.PI);
      pen.stroke();
      pen.lineWidth = 1.3;
      for (const [number] of near) {
        pen.setLineDash(nearHere.includes(number) ? [] : [5, 4]);
        pen.beginPath();
        pen.moveTo(x[chosen], y[chosen]);
        pen.lineTo(x[number], y[number]);
        pen.stroke();
      }
      pen.setLineDash([]);
    }

    const large = Math.min(1.15, 0.52 * camera.zoom ** 0.3 * Math.min(1.2, Math.max(0.85, box.width / 480)));
    // All marks of a group at once: one by one they would take longer than all the rest.
    const fields = shapes.map(() => [new Path2D(), new Path2D()]);
    for (const number of seen) {
      const main = number === chosen || number === hovered || focus.has(number);
      const s = main ? Math.max(0.95, large) : large * (1.2 - (0.4 * number) / size);
      fields[groups[number]][Number(main)].addPath(shapes[groups[number]], { a: s, d: s, e: x[number], f: y[number] });
    }
    for (const main of [0, 1]) {
      pen.globalAlpha = main ? 1 : chosen >= 0 ? 0.45 : 0.75;
      fields.forEach((field, group) => {
        pen.fillStyle = colours[group];
        pen.fill(field[main]);
      });
    }
    if (chosen >= 0) {
      pen.globalAlpha = 1;
      pen.strokeStyle = text;
      pen.lineWidth = 2;
      pen.beginPath();
      pen.arc(x[chosen], y[chosen], 9, 0, 2 * Math.PI);
      pen.stroke();
    }

    // Names: those in question first, then by frequency, each where it covers no other.
    pen.globalAlpha = 1;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    labels = [];
    const rows = new Map();
    const free = (left, top, right, bottom) => {
      for (let row = Math.floor(top / 20); row <= Math.floor(bottom / 20); row += 1) {
        for (const other of rows.get(row) ?? []) {
          if (left < other[3] && right > other[1] && top < other[4] && bottom > other[2]) return false;
        }
      }
      return true;
    };
    const write = (number, main) => {
      const weight = main ? 600 : 400;
      const height = number === chosen ? 16 : main ? 13.5 : Math.min(16, (14 - (3 * number) / size) * camera.zoom ** 0.05);
      const key = `${weight} ${names[number]}`;
      if (!widths.has(key)) {
        pen.font = `${weight} 100px ${font}`;
        widths.set(key, pen.measureText(shown(number)).width);
      }
      const width = (widths.get(key) * height) / 100;
      const [half, gap] = [height * 0.62, 7];
      const ways = [
        [x[number] + gap, y[number] - half],
        [x[number] - gap - width, y[number] - half],
        [x[number] - width / 2, y[number] - gap - 2 * half],
        [x[number] - width / 2, y[number] + gap],
      ];
      const at = ways.find(([left, top]) => left > -width / 3 && left + width < box.width + width / 3 && free(left - 2, top, left + width + 2, top + 2 * half))
        ?? (number === chosen || number === hovered ? ways[0] : null);
      if (!at) return;
      const label = [number, at[0] - 2, at[1], at[0] + width + 2, at[1] + 2 * half];
      labels.push(label);
      for (let row = Math.floor(label[2] / 20); row <= Math.floor(label[4] / 20); row += 1) {
        if (!rows.has(row)) rows.set(row, []);
        rows.get(row).push(label);
      }
      pen.font = `${weight} ${height}px ${font}`;
      pen.strokeStyle = back;
      pen.lineWidth = 3.5;
      pen.globalAlpha = 0.85;
      pen.strokeText(shown(number), at[0], at[1] + half);
      pen.globalAlpha = main || chosen < 0 ? 1 : 0.8;
      pen.fillStyle = main ? text : colours[groups[number]];
      pen.fillText(shown(number), at[0], at[1] + half);
    };
    const primary = [chosen, hovered, ...focus].filter((number, k, all) => number >= 0 && all.indexOf(number) === k);
    for (const number of primary) write(number, true);
    for (const number of seen) if (!primary.includes(number)) write(number, false);
    setAttribute(map, "data-names", labels.length);
  };
  const forced = matchMedia("(forced-colors: active)");

  // ---- Hands on the map --------------------------------------------------------------------------

  const wordAt = (x, y, reach) => {
    const label = labels.find(([, left, top, right, bottom]) => x >= left && x <= right && y >= top && y <= bottom);
    let best = -1;
    let least = reach ** 2;
    for (let number = 0; number < size; number += 1) {
      const away = (px(number) - x) ** 2 + (py(number) - y) ** 2;
      if (away < least && visible(number)) [best, least] = [number, away];
    }
    return label && least > 16 ? label[0] : best;
  };
  const spot = (event) => {
    const { left, top } = map.getBoundingClientRect();
    return [event.clientX - left - map.clientLeft, event.clientY - top - map.clientTop];
  };
  const fingers = new Map();
  let dragged = 0;
  map.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    if (!fingers.size) dragged = 0;
    fingers.set(event.pointerId, spot(event));
    map.setPointerCapture(event.pointerId);
    cancelAnimationFrame(flight);
  });
  map.addEventListener("pointermove", (event) => {
    const now = spot(event);
    const before = fingers.get(event.pointerId);
    if (!before) {
      const over = event.pointerType === "mouse" ? wordAt(...now, 10) : -1;
      if (over === hovered) return;
      hovered = over;
      map.classList.toggle("lw-over", hovered >= 0);
      return paint();
    }
    const other = [...fingers].find(([finger]) => finger !== event.pointerId)?.[1];
    dragged += Math.hypot(now[0] - before[0], now[1] - before[1]);
    fingers.set(event.pointerId, now);
    if (other) {
      const spread = (point) => Math.max(10, Math.hypot(point[0] - other[0], point[1] - other[1]));
      dragged = Infinity;
      zoomAt((now[0] + other[0]) / 2, (now[1] + other[1]) / 2, spread(now) / spread(before));
      pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
    } else if (dragged > 5) pan(now[0] - before[0], now[1] - before[1]);
  });
  map.addEventListener("pointerup", (event) => {
    if (!fingers.delete(event.pointerId) || fingers.size || dragged > 5) return;
    const number = wordAt(...spot(event), event.pointerType === "mouse" ? 12 : 24);
    if (number >= 0) walkTo(number);
  });
  map.addEventListener("pointercancel", (event) => fingers.delete(event.pointerId));
  map.addEventListener("pointerleave", () => {
    hovered = -1;
    paint();
  });
  map.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.metaKey) return; // the page scrolls
    event.preventDefault();
    zoomAt(...spot(event), Math.exp(-0.012 * Math.max(-40, Math.min(40, event.deltaY))));
  }, { passive: false });

  const WAYS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  // The nearest within 45 degrees of the way, or else the nearest at all on that side.
  const walk = ([right, up]) => {
    let [ahead, aside, least, leastAside] = [-1, -1, Infinity, Infinity];
    for (let number = 0; number < size; number += 1) {
      if (!visible(number) || number === chosen) continue;
      const dx = places[2 * number] - (chosen < 0 ? camera.x * limits.steps : places[2 * chosen]);
      const dy = places[2 * number + 1] - (chosen < 0 ? camera.y * limits.steps : places[2 * chosen + 1]);
      const along = dx * right + dy * up;
      const away = dx * dx + dy * dy;
      if (chosen >= 0 && along <= 0) continue;
      const straight = chosen < 0 || Math.abs(dx * up) + Math.abs(dy * right) <= along;
      if (straight && away < least) [ahead, least] = [number, away];
      if (away < leastAside) [aside, leastAside] = [number, away];
    }
    if (ahead < 0 && aside < 0) view.say(t("no_further"));
    else walkTo(ahead < 0 ? aside : ahead);
  };
  map.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const way = WAYS[event.key];
    if (way && event.shiftKey) pan(-0.2 * box.width * way[0], 0.2 * box.height * way[1]);
    else if (way) walk(way);
    else if (event.key === "+" || event.key === "=") zoomBy(1.6);
    else if (event.key === "-" || event.key === "_") zoomBy(1 / 1.6);
    else if (event.key === "Home") whole();
    else return;
    event.preventDefault();
  });

  // ---- The legend --------------------------------------------------------------------------------

  const markOf = (group) => {
    const holder = element("span", { class: "lw-mark", "aria-hidden": "true" });
    holder.innerHTML = '<svg viewBox="-7 -7 14 14" focusable="false"><path/></svg>';
    holder.show = (number) => {
      setAttribute(holder, "class", `lw-mark lw-group-${number}`);
      setAttribute(holder.querySelector("path"), "d", marks[number]);
    };
    holder.show(group);
    return holder;
  };
  const switches = groupNames.map((name, group) => {
    const button = view.button(`group_${group}`, "", () => {
      if (!hidden.delete(group)) hidden.add(group);
      hide(hidden);
    });
    button.append(markOf(group), element("span", { text: name }));
    return button;
  });
  const hide = (wanted, fromModel = false) => {
    hidden = new Set(wanted);
    switches.forEach((button, group) => setAttribute(button, "aria-pressed", !hidden.has(group)));
    if (!fromModel) tell("hidden", [...hidden].sort((a, b) => a - b));
    paint();
  };
  const legend = groupNames.length
    ? element("div", { class: "lw-groups", role: "group", "aria-label": t("groups") },
      element("span", { class: "lw-hint", text: `${t("groups")}:` }), ...switches,
      view.button("all", t("all"), () => hide([])), view.button("none", t("none"), () => hide(groupNames.keys())))
    : "";

  // ---- A list of words with bars -----------------------------------------------------------------

  const list = (kind, length, withLine) => {
    const node = element("ol", { class: "lw-near-words" });
    const rows = Array.from({ length }, (_, k) => {
      const button = view.button(`${kind}_${k + 1}`, "–", () => walkTo(row.number));
      const mark = markOf(0);
      const fill = element("span", { class: "lw-near-fill" });
      const cosine = quantity(`${kind === "near" ? "cosine" : kind}_${k + 1}`);
      const line = element("span", { class: "lw-line" });
      const said = element("span", { class: "lw-spoken" });
      const row = { number: 0, node: element("li", {}, mark, button, element("span", { class: "lw-near-bar", "aria-hidden": "true" }, fill), cosine, ...(withLine ? [line, said] : [])) };
      row.show = ([number, value]) => {
        row.number = number;
        setText(button, shown(number));
        setAttribute(button, "lang", lang);
        mark.show(groups[number]);
        mark.hidden = !groupNames.length;
        setAttribute(fill, "class", `lw-near-fill lw-group-${groups[number]}`);
        fill.style.width = `${(100 * Math.max(0, value)).toFixed(1)}%`;
        cosine.show(value);
        const solid = nearHere.includes(number);
        setAttribute(line, "data-line", solid ? "solid" : "dashed");
        setText(said, t(solid ? "near_too" : "far_here"));
      };
      return row;
    });
    // A row that stays keeps its place, and the focus with it.
    node.show = (found) => {
      found.forEach((one, k) => rows[k].show(one));
      if (node.childElementCount !== found.length) node.replaceChildren(...rows.slice(0, found.length).map((row) => row.node));
    };
    return node;
  };

  // ---- The chosen word ---------------------------------------------------------------------------

  const spoken = element("p", { class: "lw-spoken", "aria-live": "polite" });
  const heading = element("p", { class: "lw-chosen-word" });
  const headingMark = markOf(0);
  const headingWord = element("b", { lang });
  const headingGroup = element("span", { class: "lw-hint" });
  heading.append(headingMark, headingWord, headingGroup);
  const back = view.button("back", t("back"), () => {
    choose(been.pop());
  });
  const neighbours = list("near", many, true);
  const shared = quantity("shared", 0);
  const average = quantity("shared_on_average", 1);
  average.show(data.shared);
  const key = (line, text) => element("span", {}, element("span", { class: "lw-line", "data-line": line, "aria-hidden": "true" }), " ", text);
  const invitation = element("p", { class: "lw-hint", text: t("choose") });
  const about = element("div", {},
    element("p", { class: "lw-head", text: t("neighbours") }), neighbours,
    element("p", { class: "lw-hint lw-line-key" }, key("solid", t("near_too")), key("dashed", t("far_here")), key("circle", t("circle", { count: many }))),
    element("p", { class: "lw-fact" }, `${t("shared", { count: many })} `, shared),
    element("p", { class: "lw-fact" }, `${t("on_average")}: `, average));
  const panel = element("section", { class: "lw-about" },
    element("div", { class: "lw-about-head" }, heading, back), invitation, about,
    element("p", { class: "lw-hint", text: t("lesson", { dimension }) }));

  const showChosen = (silent) => {
    heading.hidden = about.hidden = chosen < 0;
    invitation.hidden = chosen >= 0;
    around.disabled = chosen < 0;
    back.disabled = !been.length;
    if (chosen < 0) return setText(spoken, "");
    neighbours.show(near);
    shared.show(near.filter(([number]) => nearHere.includes(number)).length);
    setText(headingWord, shown(chosen));
    headingMark.show(groups[chosen]);
    headingMark.hidden = headingGroup.hidden = !groupNames.length;
    const group = groupNames[groups[chosen]] ?? "";
    setText(headingGroup, group);
    const three = near.slice(0, 3).map(([number]) => shown(number)).join(", ");
    if (!silent) setText(spoken, t(group ? "spoken_group" : "spoken", { word: shown(chosen), group, words: three }));
  };

  // ---- Finding a word ----------------------------------------------------------------------------

  const cut = (typed) => [...typed.slice(0, 200)].slice(0, limits.read).join("");
  const offer = (kind, found, take) => found.map((number, k) => {
    const button = view.button(`${kind}_${k + 1}`, shown(number), () => take(number));
    setAttribute(button, "lang", lang);
    return button;
  });
  const missing = (kind, typed, take) => {
    const like = spelledLike(typed);
    return [
      element("span", { class: "lw-missing", text: t("not_here", { word: cut(typed.trim()) }) }), " ",
      element("span", { class: "lw-hint", text: t(like.length ? "nearest_spelling" : "nothing_like") }), " ",
      ...offer(kind, like, take),
    ];
  };
  let search = "";
  let matches = [];
  const found = element("div", { class: "lw-buttons lw-found", "aria-live": "polite" });
  const lookFor = (typed, { fromModel = false, keepBox = false } = {}) => {
    search = typed;
    if (!keepBox) searchBox.value = typed;
    if (!fromModel) tell("search", typed);
    matches = findAll(typed);
    const more = matches.length - limits.matches;
    found.hidden = !plain(typed);
    if (found.hidden) found.replaceChildren();
    else if (!matches.length) found.replaceChildren(...missing("like", typed, walkTo));
    else {
      found.replaceChildren(element("span", { class: "lw-hint", text: `${t("matches")}:` }),
        ...offer("match", matches.slice(0, limits.matches), walkTo),
        more > 0 ? element("span", { class: "lw-hint", text: t("and_more", { count: more }) }) : "");
    }
  };
  // Enter goes to the first word found; leaving the box changes nothing.
  const searchBox = element("input", {
    type: "text", lang, id: `${view.id}-word`, "data-input": "word", autocomplete: "off", autocapitalize: "off", spellcheck: "false",
    "data-lm-suppress-shortcuts": "true",
    oninput: () => lookFor(searchBox.value, { keepBox: true }),
    onkeydown: (event) => {
      if (event.key !== "Enter" || event.isComposing || !matches.length) return;
      event.preventDefault();
      walkTo(matches[0]);
    },
  });

  // ---- Sums of words -----------------------------------------------------------------------------

  const sumNames = { start: "", minus: " − ", plus: " + " };
  const trouble = element("div", { class: "lw-buttons lw-found", "aria-live": "polite" });
  const sumHead = element("p", { class: "lw-head", "aria-live": "polite" });
  const sumList = list("sum", Math.min(limits.results, size), false);
  const sumBoxes = {};
  const put = (part, number, { fromModel = false } = {}) => {
    sum[part] = number;
    if (!fromModel) tell(part, number < 0 ? "" : names[number]);
    showSum();
  };
  const fill = (part, number, how = {}) => {
    sumBoxes[part].value = number < 0 ? "" : shown(number);
    sumBoxes[part].removeAttribute("aria-invalid");
    trouble.replaceChildren();
    put(part, number, how);
  };
  const takePart = (part) => {
    const typed = sumBoxes[part].value;
    const number = numberOf(typed);
    if (number >= 0 || !plain(typed)) return fill(part, number);
    sumBoxes[part].setAttribute("aria-invalid", "true");
    trouble.replaceChildren(...missing(`${part}_like`, typed, (other) => fill(part, other)));
    put(part, -1);
  };
  const sumControls = SUM.map((part) => {
    const own = view.textBox({
      lang, id: `${view.id}-${part}`, "data-input": part, autocapitalize: "off", spellcheck: "false",
      oninput: () => {
        const number = numberOf(own.value);
        if (number !== sum[part]) put(part, number);
      },
    }, () => takePart(part));
    sumBoxes[part] = own;
    return element("label", { for: own.id, class: "lw-part" }, element("span", { text: t(`${part}_label`) }), own);
  });
  const showSum = () => {
    const parts = SUM.filter((part) => sum[part] >= 0);
    const total = new Float64Array(dimension);
    for (const part of parts) vectors.row(sum[part]).forEach((value, k) => { total[k] += part === "minus" ? -value : value; });
    const length = Math.sqrt(total.reduce((all, value) => all + value * value, 0));
    const some = parts.length > 1 && length >= 1e-9;
    results = some ? nearest(total.map((value) => value / length), parts.map((part) => sum[part]), limits.results) : [];
    const told = parts.map((part) => sumNames[part] + shown(sum[part])).join("").replace(/^ \+ /, "").trim();
    setText(sumHead, some ? t("nearest_to", { sum: told }) : parts.length > 1 ? t("nothing_left") : "");
    sumList.show(results);
  };
  const examples = (model.get("examples") ?? []).map((example, k) =>
    view.button(`example_${k + 1}`, `${example.map((word, part) => (word ? Object.values(sumNames)[part] + word.replaceAll("_", " ") : "")).join("").replace(/^ \+ /, "").trim()}`, () => {
      example.forEach((word, part) => fill(SUM[part], word ? numberOf(word) : -1));
    }));
  const sums = element("fieldset", { class: "lw-sums" },
    element("legend", { text: t("sums") }),
    element("p", { class: "lw-hint", text: t("sums_hint") }),
    examples.length ? element("div", { class: "lw-buttons", role: "group", "aria-label": t("examples") }, element("span", { class: "lw-hint", text: `${t("examples")}:` }), ...examples) : "",
    element("div", { class: "lw-parts" }, ...sumControls), trouble, sumHead, sumList);

  // ---- All of it ---------------------------------------------------------------------------------

  const begin = (state) => {
    been = [];
    hide(state.hidden, true);
    for (const part of SUM) fill(part, numberOf(state.sum[part]), { fromModel: true });
    lookFor(state.search, { fromModel: true });
    choose(numberOf(state.chosen), { silent: true, fromModel: true });
  };
  const reset = view.button("reset", t("reset"), () => {
    begin(first);
    for (const part of SUM) tell(part, first.sum[part]);
    for (const name of ["chosen", "search", "hidden"]) tell(name, first[name]);
    whole();
    view.say(t("reset_done"));
  });

  view.start(
    view.title(),
    element("p", { class: "lw-hint", text: t("intro") }),
    element("label", { for: searchBox.id, class: "lw-wide" }, t("search_label"), searchBox), found,
    element("div", { class: "lw-world" },
      element("div", {},
        element("div", { class: "lw-frame" }, map,
          element("div", { class: "lw-zoom" }, nearer, farther, around, view.button("whole", t("whole"), whole), reset,
            element("span", { class: "lw-hint" }, `${t("zoom")} ×`, zoomShown))),
        legend, how),
      panel),
    sums, spoken, ...inks);

  for (const key of ["chosen", ...SUM, "search", "hidden"]) {
    model.on(`change:${key}`, () => {
      const value = model.get(key);
      if (key === "hidden") hide(value, true);
      else if (key === "search") { if (value !== search) lookFor(value, { fromModel: true }); }
      else if (key !== "chosen") { if (numberOf(value) !== sum[key]) fill(key, numberOf(value), { fromModel: true }); }
      else if (numberOf(value) !== chosen) {
        if (chosen >= 0) been.push(chosen);
        choose(numberOf(value), { fromModel: true });
      }
    });
  }

  // Another size, theme or medium: painted anew.
  const sizes = new ResizeObserver(draw);
  sizes.observe(map);
  const themes = new MutationObserver(paint);
  for (const node of [document.documentElement, document.body]) themes.observe(node, { attributes: true });
  const onPaper = () => {
    view.root.classList.add("lw-paper");
    draw();
  };
  const offPaper = () => {
    view.root.classList.remove("lw-paper");
    draw();
  };
  addEventListener("beforeprint", onPaper);
  addEventListener("afterprint", offPaper);
  const media = [paper, forced, matchMedia("(prefers-color-scheme: dark)")];
  for (const one of media) one.addEventListener("change", draw);

  look(0, 0, 1);
  begin(first);
  draw();
  return () => {
    sizes.disconnect();
    themes.disconnect();
    removeEventListener("beforeprint", onPaper);
    removeEventListener("afterprint", offPaper);
    for (const one of media) one.removeEventListener("change", draw);
  };
}

// ---- Words as they are typed: _plain(), _bare() and letters_changed() in word_map.py ---------------

function plain(typed) {
  const some = [...typed.slice(0, 8 * limits.read)].slice(0, 4 * limits.read).join("");
  const small = some.normalize("NFC").toLowerCase().normalize("NFC");
  return [...small.replace(/[ \t\r\n\u00a0_]+/g, " ").replace(/^ +| +$/g, "")].slice(0, limits.read).join("");
}

function bare(typed) {
  return plain(typed).normalize("NFD").replaceAll("đ", "d").replace(/[\u0300-\u036f]/g, "");
}

function lettersChanged(one, other) {
  const row = other.map((_, k) => k);
  row.push(other.length);
  for (let i = 1; i <= one.length; i += 1) {
    let before = row[0];
    row[0] = i;
    for (let j = 1; j <= other.length; j += 1) {
      const above = row[j];
      row[j] = Math.min(before + (one[i - 1] === other[j - 1] ? 0 : 1), above + 1, row[j - 1] + 1);
      before = above;
    }
  }
  return row[other.length];
}

// ---- Vectors and places as they travel -------------------------------------------------------------

function unitVectors({ shape: [rows, columns], values }) {
  const row = (number) => values.subarray(number * columns, (number + 1) * columns);
  const product = (a, b) => {
    let sum = 0;
    for (let k = 0; k < columns; k += 1) sum += a[k] * b[k];
    return sum;
  };
  for (let number = 0; number < rows; number += 1) {
    const length = Math.sqrt(product(row(number), row(number)));
    for (let k = number * columns; k < (number + 1) * columns; k += 1) values[k] /= length;
  }
  const times = (direction) => Float64Array.from({ length: rows }, (_, number) => product(row(number), direction));
  return { values, row, times };
}

function unpackPlaces(text) {
  const bytes = atob(text);
  return Int16Array.from({ length: bytes.length / 2 }, (_, k) => bytes.charCodeAt(2 * k) | (bytes.charCodeAt(2 * k + 1) << 8));
}

export default { render };
