// A trained LSTM network in the page: packing.py's weights read, and network.py's sums.
const lstmNetwork = (() => {
  "use strict";

  const { sigmoid } = lstmCore;
  const tanh = (z) => 1 - 2 / (Math.exp(2 * z) + 1); // to 1e-16, and faster than Math.tanh
  // One step of one direction is one array: for every unit i, then f, g, o, c and h.
  const PARTS = "ifgoch";

  // ---- Weights -------------------------------------------------------------------------------

  function half(bits) {
    const [exponent, fraction] = [(bits >> 10) & 31, bits & 1023];
    const size = exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction;
    return bits & 0x8000 ? -size : size;
  }

  function unpack({ shape, kind, data }) {
    const text = atob(data);
    const halfAt = (k) => half(text.charCodeAt(2 * k) | (text.charCodeAt(2 * k + 1) << 8));
    const values = new Float64Array(shape.reduce((product, size) => product * size, 1));
    if (kind === "float16") {
      for (let k = 0; k < values.length; k += 1) values[k] = halfAt(k);
    } else {
      const columns = shape[1];
      const scales = Array.from({ length: columns }, (_, k) => halfAt(k));
      for (let k = 0; k < values.length; k += 1) values[k] = ((text.charCodeAt(2 * columns + k) << 24) >> 24) * scales[k % columns];
    }
    return { shape, values };
  }

  const unpackAll = (packed) => Object.fromEntries(Object.entries(packed).map(([name, entry]) => [name, unpack(entry)]));

  // ---- Layers --------------------------------------------------------------------------------

  function product({ shape: [rows, columns], values }, x, sums) {
    for (let row = 0, at = 0; row < rows; row += 1) {
      let sum = sums[row];
      for (let k = 0; k < columns; k += 1, at += 1) sum += values[at] * x[k];
      sums[row] = sum;
    }
    return sums;
  }

  // One direction of one layer. project() is the part of the sums that needs no state, so that a
  // word which is read again and again is multiplied once.
  function direction(weights, place) {
    const [wx, wh, b] = ["w_x", "w_h", "b"].map((name) => weights[`${place}.${name}`]);
    const n = wh.shape[1];
    const project = (x) => product(wx, x, b.values.slice());
    // Four rows at a time, those of one unit, is twice as fast as one row after another.
    const w = wh.values;
    const [atF, atG, atO, atC, atH] = [1, 2, 3, 4, 5].map((part) => part * n);
    const step = (projected, before, s = new Float64Array(6 * n)) => {
      for (let unit = 0; unit < n; unit += 1) {
        let [i, f, g, o] = [projected[unit], projected[atF + unit], projected[atG + unit], projected[atO + unit]];
        if (before) {
          let [toI, toF, toG, toO] = [unit * n, (atF + unit) * n, (atG + unit) * n, (atO + unit) * n];
          for (let k = atH; k < atH + n; k += 1) {
            const h = before[k];
            i += w[toI++] * h;
            f += w[toF++] * h;
            g += w[toG++] * h;
            o += w[toO++] * h;
          }
        }
        s[unit] = sigmoid(i);
        s[atF + unit] = sigmoid(f);
        s[atG + unit] = tanh(g);
        s[atO + unit] = sigmoid(o);
        const c = (before ? s[atF + unit] * before[atC + unit] : 0) + s[unit] * s[atG + unit];
        s[atC + unit] = c;
        s[atH + unit] = s[atO + unit] * tanh(c);
      }
      return s;
    };
    // The states in the order of the text; `before` is where it stood before the first one read.
    // They take the places in `spare`, where it is given: no memory for what nobody keeps.
    const walk = (projected, backward, before = null, spare = null) => {
      const states = projected.slice();
      for (let k = 0; k < states.length; k += 1) {
        const t = backward ? states.length - 1 - k : k;
        before = step(projected[t], before, spare ? (spare[t] ??= new Float64Array(6 * n)) : undefined);
        states[t] = before;
      }
      return states;
    };
    return { units: n, project, walk, step };
  }

  const hidden = (ways, states, t) => {
    const h = new Float64Array(ways.reduce((sum, way) => sum + way.units, 0));
    let at = 0;
    ways.forEach((way, k) => {
      h.set(states[k][t].subarray(5 * way.units), at);
      at += way.units;
    });
    return h;
  };

  const POOLS = {
    last: (ways, states) => {
      const [first, last] = [hidden(ways, states, 0), hidden(ways, states, states[0].length - 1)];
      return first.map((h, k) => (k < ways[0].units ? last[k] : h));
    },
    max: (ways, states) => {
      const most = hidden(ways, states, 0);
      eachState(ways, states, (h, from, at, units) => {
        for (let k = 0; k < units; k += 1) if (h[from + k] > most[at + k]) most[at + k] = h[from + k];
      });
      return most;
    },
    mean: (ways, states) => {
      const sum = hidden(ways, states, 0);
      eachState(ways, states, (h, from, at, units) => {
        for (let k = 0; k < units; k += 1) sum[at + k] += h[from + k];
      });
      const steps = states[0].length;
      for (let k = 0; k < sum.length; k += 1) sum[k] /= steps;
      return sum;
    },
  };

  // The steps after the first of each direction: where its hidden state is, and goes.
  function eachState(ways, states, take) {
    let at = 0;
    ways.forEach(({ units }, way) => {
      for (let t = 1; t < states[way].length; t += 1) take(states[way][t], 5 * units, at, units);
      at += units;
    });
  }

  // ---- The network ---------------------------------------------------------------------------

  // explore(words), words as lstmReading gives them: `logits` of all, `states` of the last layer
  // ([direction][word], see PARTS), and logits of other readings: prefix(k), the first k words,
  // and without(from, to), all but those from `from` to before `to`, or but that one word. What they have in common is computed once.
  function network({ weights: packed, pooling, tokenizer, first_piece: firstPiece }) {
    const weights = unpackAll(packed);
    const layers = [];
    while (weights[`recurrent.${layers.length}.forward.w_x`]) {
      const place = `recurrent.${layers.length}`;
      layers.push(["forward", "backward"].filter((way) => weights[`${place}.${way}.w_x`]).map((way) => direction(weights, `${place}.${way}`)));
    }
    const [bottom, top] = [layers[0], layers[layers.length - 1]];
    const table = weights.embedding;
    const dimension = table.shape[1];
    const row = (number) => table.values.subarray(number * dimension, (number + 1) * dimension);

    // A word of pieces is the mean of those it knows, or zeros, and what stands whole, the word and
    // its pair with the one before, is added; any other is its row of the table.
    const vector = (word, pair) => {
      if (tokenizer === "words") return row(word?.numbers[0] ?? lstmReading.UNKNOWN);
      const sum = new Float64Array(dimension);
      const numbers = [...(word?.numbers ?? []), ...(pair > lstmReading.UNKNOWN ? [pair] : [])];
      const share = 1 / numbers.filter((number) => number >= firstPiece).length;
      for (const number of numbers) {
        const weight = number < firstPiece ? 1 : share;
        for (let k = 0, at = number * dimension; k < dimension; k += 1, at += 1) sum[k] += weight * table.values[at];
      }
      return sum;
    };
    let known = new Map();
    const project = (word, before) => {
      const pair = word?.pair(before);
      const key = `${pair} ${word?.text ?? ""}`;
      if (!known.has(key)) {
        if (known.size > 2000) known = new Map();
        known.set(key, bottom.map((way) => way.project(vector(word, pair))));
      }
      return known.get(key);
    };

    // From the sums of the first layer ([direction][word]) to the states of the last.
    const climb = (projected) => {
      let states = bottom.map((way, k) => way.walk(projected[k], k === 1));
      for (let number = 1; number < layers.length; number += 1) {
        const below = states[0].map((_, t) => hidden(layers[number - 1], states, t));
        states = layers[number].map((way, k) => way.walk(below.map(way.project), k === 1));
      }
      return states;
    };
    const answer = (states) => {
      const parts = pooling.split("_").map((name) => POOLS[name](top, states));
      let x = Float64Array.from(parts.flatMap((part) => [...part]));
      for (let k = 0; weights[`dense.${k}.w`]; k += 1) x = product(weights[`dense.${k}.w`], x, weights[`dense.${k}.b`].values.slice()).map((sum) => Math.max(0, sum));
      return product(weights["output.w"], x, weights["output.b"].values.slice());
    };

    const spare = [[], []]; // states of each direction that are gone when the next answer is asked for
    const explore = (words) => {
      const read = (words.length ? words : [null]).map((word, t) => project(word, words[t - 1]));
      const projected = bottom.map((_, k) => read.map((both) => both[k]));
      const states = climb(projected);
      const [ahead, back] = states;
      const nothing = () => answer(climb(bottom.map((_, k) => [project(null)[k]])));
      const prefix = (k) => {
        const start = projected.map((sums) => sums.slice(0, k));
        if (layers.length > 1) return answer(climb(start));
        return answer([ahead.slice(0, k), ...(back ? [bottom[1].walk(start[1], true, null, spare[1])] : [])]);
      };
      const without = (from, to = from + 1) => {
        if (to - from >= read.length) return nothing();
        // The word after it now stands beside another, and may make another pair.
        const next = words[to] && project(words[to], words[from - 1]);
        const rest = projected.map((sums, k) => [...sums.slice(0, from), ...(next ? [next[k]] : []), ...sums.slice(to + 1)]);
        if (layers.length > 1) return answer(climb(rest));
        const changed = [[...ahead.slice(0, from), ...bottom[0].walk(rest[0].slice(from), false, ahead[from - 1], spare[0])]];
        if (back) {
          const anew = next === read[to] ? 0 : 1; // as for what stands behind it, nothing has changed
          changed.push([...bottom[1].walk(rest[1].slice(0, from + anew), true, back[to + anew], spare[1]), ...back.slice(to + anew)]);
        }
        return answer(changed);
      };
      return { logits: answer(states), states, prefix, without };
    };
    return { explore, units: top[0].units, directions: top.length };
  }

  // A long computation, a generator that yields now and then, a few milliseconds in every frame.
  // Returns what starts another in its place.
  function inFrames(milliseconds = 8) {
    let frame = 0;
    return (job) => {
      cancelAnimationFrame(frame);
      const go = () => {
        const end = performance.now() + milliseconds;
        do if (job.next().done) return; while (performance.now() < end);
        frame = requestAnimationFrame(go);
      };
      frame = requestAnimationFrame(go);
    };
  }

  return { PARTS, unpackAll, product, direction, network, inFrames };
})();
