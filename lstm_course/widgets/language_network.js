// A trained language model of characters in the page: language_network.py's steps and gradients.
const lstmLanguage = (() => {
  "use strict";

  const { direction, product, unpackAll } = lstmNetwork;
  const MOST_WORDS = 11; // that are counted in a line, as in models.places
  const UNKNOWN = 1;
  const LINE_END = "\n"; // ends a line, and stands before the first one

  // Where the last `most` characters begin: with a couplet, if one begins in their first half.
  function lastOf(characters, most) {
    if (characters.length <= most) return 0;
    const least = characters.length - most;
    let ends = 0;
    for (let k = 0; k < characters.length - Math.floor(most / 2); k += 1) {
      if (characters[k] === LINE_END) ends += 1;
      if (characters[k] === LINE_END && ends % 2 === 0 && k + 1 >= least) return k + 1;
    }
    return least;
  }

  function network({ tokens: joined, word_ends: wordEnds, weights: packed }) {
    const weights = unpackAll(packed);
    const tokens = joined.split("\x1f");
    const known = new Map(tokens.map((token, number) => [token, number]));
    const lineEnd = known.get(LINE_END);
    const layer = direction(weights, "recurrent.0.forward");
    const n = layer.units;
    const [wx, wh] = ["w_x", "w_h"].map((name) => weights[`recurrent.0.forward.${name}`]);
    const dimension = wx.shape[1];
    const row = ({ values }, number) => values.subarray(number * dimension, (number + 1) * dimension);

    // What is read of a text: its characters, the last of more than `most`, and their numbers after
    // that of the line end before them; those unknown, whether it was cut, and whether letters
    // had to be put together.
    const numbers = (text, most = Infinity) => {
      const plain = text.replace(/\r\n?/g, LINE_END).replace(/^\ufeff/, "");
      const nfc = plain.normalize("NFC");
      const all = [...nfc];
      const characters = all.slice(lastOf(all, most));
      return {
        characters,
        numbers: [lineEnd, ...characters.map((character) => known.get(character) ?? UNKNOWN)],
        unknown: [...new Set(characters.filter((character) => !known.has(character)))],
        cut: characters.length < all.length,
        composed: nfc !== plain,
      };
    };

    // A character's vector, and that of its place, are multiplied once, when they are first read.
    const ofCharacter = [];
    const ofPlace = [];
    const project = (number, place) => {
      ofCharacter[number] ??= layer.project(row(weights.embedding, number));
      if (!wordEnds) return ofCharacter[number];
      ofPlace[place] ??= product(wx, row(weights.place, place), new Float64Array(4 * n));
      return ofCharacter[number].map((sum, k) => sum + ofPlace[place][k]);
    };

    const start = () => ({ lines: 0, words: 0, s: null, logits: null });
    const step = (before, number) => {
      let { lines, words } = before;
      if (number === lineEnd) [lines, words] = [lines + 1, 0];
      else if (wordEnds?.includes(number)) words += 1;
      const place = wordEnds ? ((lines + 1) % 2) * (MOST_WORDS + 1) + Math.min(words, MOST_WORDS) : 0;
      const s = layer.step(project(number, place), before.s);
      const logits = product(weights["output.w"], s.subarray(5 * n), weights["output.b"].values.slice());
      return { number, lines, words, s, logits };
    };

    // to += the rows of a matrix, each times its factor: the product with the transposed one.
    // Four rows at a time is twice as fast as one after another.
    const addRows = ({ shape: [rows, columns], values }, factors, to) => {
      let r = 0;
      for (; r + 4 <= rows; r += 4) {
        const [p, q, u, v] = [factors[r], factors[r + 1], factors[r + 2], factors[r + 3]];
        let [atP, atQ, atU, atV] = [r * columns, (r + 1) * columns, (r + 2) * columns, (r + 3) * columns];
        for (let k = 0; k < columns; k += 1) to[k] += p * values[atP++] + q * values[atQ++] + u * values[atU++] + v * values[atV++];
      }
      for (let at = r * columns; r < rows; r += 1) for (let k = 0; k < columns; k += 1, at += 1) to[k] += factors[r] * values[at];
      return to;
    };

    // Steps 0, 1, ... of a text: lengths of the gradients of the log-probability of character
    // t + 1 (at its end, of the most probable one) with respect to what steps 0 ... t have read.
    const gradients = (states, t) => {
      const { logits } = states[t];
      const most = logits.reduce((best, value, k) => (value > logits[best] ? k : best), 0);
      const target = states[t + 1]?.number ?? most;
      const p = logits.map((value) => Math.exp(value - logits[most]));
      const sum = p.reduce((all, value) => all + value, 0);
      const error = p.map((value, k) => (k === target ? 1 : 0) - value / sum);
      let dh = addRows(weights["output.w"], error, new Float64Array(n));
      const dc = new Float64Array(n);
      const gates = new Float64Array(4 * n);
      const lengths = new Float64Array(t + 1);
      for (let k = t; k >= 0; k -= 1) {
        const s = states[k].s;
        const before = k ? states[k - 1].s : null;
        for (let unit = 0; unit < n; unit += 1) {
          const [i, f, g, o] = [s[unit], s[n + unit], s[2 * n + unit], s[3 * n + unit]];
          const squashed = Math.tanh(s[4 * n + unit]);
          dc[unit] += dh[unit] * o * (1 - squashed * squashed);
          gates[unit] = dc[unit] * g * i * (1 - i);
          gates[n + unit] = before ? dc[unit] * before[4 * n + unit] * f * (1 - f) : 0;
          gates[2 * n + unit] = dc[unit] * i * (1 - g * g);
          gates[3 * n + unit] = dh[unit] * squashed * o * (1 - o);
          dc[unit] *= f;
        }
        lengths[k] = Math.hypot(...addRows(wx, gates, new Float64Array(dimension)));
        dh = addRows(wh, gates, new Float64Array(n));
      }
      return lengths;
    };

    return { tokens, units: n, lineEnd, numbers, start, step, gradients };
  }

  return { network };
})();
