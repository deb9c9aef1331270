// From a text to what a network reads of it: text.py and Network.read() in network.py.
// The letters and numbers of \p{L} and \p{N} are those of the browser's Unicode, which may know a
// few scripts more than Python's.
const lstmReading = (() => {
  "use strict";

  // Python's \w is letters and numbers (and _); its \s differs from JavaScript's at both ends.
  const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const WORD = new RegExp(`[\\p{L}\\p{N}]+(?:[_'’-][\\p{L}\\p{N}]+)*|[^\\p{L}\\p{N}_${SPACE}]`, "gu");
  const UNKNOWN = 1; // padding is 0
  const SEPARATOR = "\x1f"; // between two tokens, as in packing.py

  // All of these in the same words in network.py, the tags in text.py.
  const BREAK = /<\/?(?:br|p)(?=[ \t\r\n/>])[^<>]*>/gi;
  const TAG = /<\/?[a-zA-Z][^<>]*>|<!--[^<>]*-->/g;
  const PARAGRAPH = /\n[ \t\r]*\n/;
  const [ENDS, CLOSERS, TITLES] = [".!?…", "\"'”’)]", ["mr", "mrs", "ms", "dr"]];

  const nfc = (text) => text.replace(/^\ufeff/, "").normalize("NFC");

  // As Python's html.unescape: numbers by its rules, names by the browser's own table, which is the
  // same. No "<" gets into what the browser parses, so that nothing in it can become an element.
  const named = new Map();
  const byName = (entity) => {
    if (!named.has(entity)) named.set(entity, new DOMParser().parseFromString(`<p>${entity}`, "text/html").body.textContent);
    return named.get(entity);
  };
  const OLD = "\u20ac\x81\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\x8d\u017d\x8f\x90\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\x9d\u017e\u0178";
  const byNumber = (code) => {
    if (code === 0 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return "\ufffd";
    if (code >= 0x80 && code < 0xa0) return OLD[code - 0x80]; // what Windows means by it
    if (code === 13) return "\r";
    const no = (code < 32 && !(code >= 9 && code <= 10) && code !== 12) || code === 127 || (code >= 0xfdd0 && code < 0xfdf0) || (code & 0xfffe) === 0xfffe;
    return no ? "" : String.fromCodePoint(code);
  };
  const ENTITY = /&(?:#([0-9]+);?|#[xX]([0-9a-fA-F]+);?|[a-zA-Z][a-zA-Z0-9]{1,30};?)/g;
  const entities = (text) => text.replace(ENTITY, (whole, decimal, hex) =>
    decimal ? byNumber(Number(decimal)) : hex ? byNumber(parseInt(hex, 16)) : byName(whole));

  const CLEANING = {
    nfc,
    html: (text) => entities(text.replace(BREAK, "\n\n$&").replace(TAG, " ")),
    lower: (text) => text.toLowerCase(),
  };

  // ---- Cleaning step by step: text.CLEANING ----------------------------------------------------

  const W = "\\p{L}\\p{N}_";
  const PICTURE = "\u{1f1e6}-\u{1f1ff}\u{1f300}-\u{1faff}\u2600-\u27bf\u2b00-\u2bff\u200d\ufe0f\u20e3";
  // Python takes a step's patterns one after another, here they are tried at once, which is the same:
  // no match of one can begin inside a match of the other, and emoticons see pictures as spaces.
  const [BEFORE, AFTER] = [`(?:(?<![${W}])|(?<=[${PICTURE}]))`, `(?:(?![${W}])|(?=[${PICTURE}]))`];
  const LINK = `(?:https?://|www\\.)[^${SPACE}]+`;
  // Patterns are made when they are asked for: an older browser that cannot read `(?<!` keeps the rest.
  const RULES = {
    html: [() => new RegExp(`${TAG.source}|${ENTITY.source}`, "g"), (found) => (found[0] === "<" ? " " : entities(found))],
    urls: [() => new RegExp(`${LINK}|(?<![${W}.+\\-])[${W}.+\\-]+@[${W}\\-]+(?:\\.[${W}\\-]+)+`, "giu"), () => " "],
    emoticons: [() => new RegExp(`[${PICTURE}]+|` +
      `(?:(?:${BEFORE}[:;=]|(?<![^${SPACE}${PICTURE}])[8xX])[\\-o^']?[)(\\]\\[DdPp3/\\\\|*]+|` +
      `${BEFORE}(?:<3+|\\^[_.\\-]?\\^|[Tt][_.][Tt]|:v+))${AFTER}`, "gu"), () => " "],
    punctuation: [() => new RegExp(`[^${W}${SPACE}]|(?<![${W}])_|_(?![${W}])`, "gu"), () => " "],
    digits: [() => /\p{Nd}+/gu, () => " "],
    space: [() => new RegExp(`[${SPACE}]+`, "gu"), (found, at, text) => (at && at + found.length < text.length ? " " : "")],
  };
  const made = {};
  const patternOf = (name) => made[name] || (made[name] = RULES[name][0]());
  const STEPS = { nfc, lower: CLEANING.lower };
  for (const [name, [, instead]] of Object.entries(RULES)) {
    STEPS[name] = (text) => text.replace(patternOf(name), instead);
  }

  // What a step does to a text, as [before, after] parts of it; they are equal where nothing changes.
  const parts = (name, text) => {
    const found = [];
    if (RULES[name]) {
      const [, instead] = RULES[name];
      let end = 0;
      for (const { 0: match, index } of text.matchAll(patternOf(name))) {
        const [same, after] = [text.slice(end, index), instead(match, index, text)];
        found.push([same, same], [match, after]);
        end = index + match.length;
      }
      found.push([text.slice(end), text.slice(end)]);
    } else {
      const pieces = text.match(name === "nfc" ? /[^]\p{M}*/gu : /[^]/gu) ?? [];
      found.push(...pieces.map((piece) => [piece, STEPS[name](piece)]));
      // Some letters look at their neighbours, as the Greek sigma at the end of a word.
      if (found.map(([, after]) => after).join("") !== STEPS[name](text)) return [[text, STEPS[name](text)]];
    }
    return found.filter(([before, after]) => before || after);
  };

  const SYLLABLE = new RegExp(`[\\p{L}\\p{N}]+|[^${W}${SPACE}]`, "gu");
  const syllables = (text) => nfc(text).match(SYLLABLE) ?? [];
  const characters = (text) => [...nfc(text)];

  // Words, each with what stands before it: nothing, white space (" ") or a new paragraph ("\n").
  const tokens = (text) => {
    const whole = nfc(text);
    let end = 0;
    return Array.from(whole.matchAll(WORD), ({ 0: token, index }) => {
      const gap = whole.slice(end, index);
      end = index + token.length;
      return { text: token, before: PARAGRAPH.test(gap) ? "\n" : /[^_]/.test(gap) ? " " : "" };
    });
  };
  const words = (text) => tokens(text).map((token) => token.text);

  // Where each sentence of words stands, [from, to]: it ends at . ! ? before white space, and at a
  // new paragraph.
  const begins = (found, k) => {
    if (found[k].before !== " ") return found[k].before === "\n";
    let last = k - 1;
    while (last && CLOSERS.includes(found[last].text) && !found[last].before) last -= 1;
    const title = found[last].text === "." && last && TITLES.includes(found[last - 1].text.toLowerCase());
    return ENDS.includes(found[last].text) && !title;
  };
  const sentences = (found) => {
    const starts = found.flatMap((_, k) => (!k || begins(found, k) ? [k] : []));
    return starts.map((start, n) => [start, starts[n + 1] ?? found.length]);
  };

  // Itself between marks, then its character n-grams of 2 to 5, marks included.
  function wordPieces(word) {
    const letters = [...`<${nfc(word)}>`];
    const pieces = [`<${word}>`];
    for (let length = 2; length <= Math.min(5, letters.length - 1); length += 1) {
      for (let start = 0; start + length <= letters.length; start += 1) pieces.push(letters.slice(start, start + length).join(""));
    }
    return pieces;
  }

  // The first `most` characters, as Python counts them.
  const begin = (text, most) => (text.length <= most ? text : [...text.slice(0, 2 * most)].slice(0, most).join(""));

  // read(text, most) gives the words of a text, each {text, before, pieces, numbers, known, pair},
  // the tokens that stand `ahead` of them and `behind`, unread, and whether anything was left
  // unread. pair(before) is the number of the pair that the word makes with the one before it,
  // UNKNOWN where the model knows no pairs.
  function reader({ tokens: vocabulary, steps, tokenizer, length, keep }) {
    const numbers = new Map(vocabulary.split(SEPARATOR).map((token, number) => [token, number]));
    const numberOf = (token) => numbers.get(token) ?? UNKNOWN;
    const byPairs = tokenizer === "pieces_and_pairs";
    const byPieces = byPairs || tokenizer === "word_pieces";
    const word = ({ text, before: space }) => {
      const pieces = byPieces ? wordPieces(text) : [text];
      return {
        text,
        before: space,
        pieces,
        numbers: pieces.map(numberOf).filter((n) => n > UNKNOWN),
        known: numberOf(pieces[0]) > UNKNOWN,
        pair: (before) => (byPairs ? numberOf(`${before?.text ?? ""} ${text}`) : UNKNOWN),
      };
    };
    const read = (text, most) => {
      const start = begin(text, most.letters);
      const found = tokens(steps.reduce((cleaned, step) => CLEANING[step](cleaned), start));
      const kept = Math.min(found.length, length ?? found.length);
      const from = keep === "first" ? 0 : found.length - kept;
      const to = from + Math.min(kept, most.words);
      return {
        words: found.slice(from, to).map(word), ahead: found.slice(0, from), behind: found.slice(to),
        short: start.length < text.length, // not even looked at
      };
    };
    return { read, byPieces, byPairs, isKnown: (piece) => numberOf(piece) > UNKNOWN };
  }

  return { words, sentences, wordPieces, reader, begin, UNKNOWN, SEPARATOR, STEPS, parts, syllables, characters };
})();
