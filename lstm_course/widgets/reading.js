// From a text to what a network reads of it: text.py and Network.read() in network.py.
const lstmReading = (() => {
  "use strict";

  // Python's \w is letters and numbers (and _); its \s differs from JavaScript's at both ends.
  const SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";
  const WORD = new RegExp(`[\\p{L}\\p{N}]+(?:[_'’-][\\p{L}\\p{N}]+)*|[^\\p{L}\\p{N}_${SPACE}]`, "gu");
  const UNKNOWN = 1; // padding is 0
  const SEPARATOR = "\x1f"; // between two tokens, as in packing.py

  const nfc = (text) => text.replace(/^\ufeff/, "").normalize("NFC");
  const CLEANING = { nfc, lower: (text) => text.toLowerCase() };
  const words = (text) => nfc(text).match(WORD) ?? [];

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

  // read(text, most) gives the words of a text, each {text, pieces, numbers, known, pair}, and
  // whether some of it was left unread. pair(before) is the number of the pair that the word makes
  // with the one before it, UNKNOWN where the model knows no pairs.
  function reader({ tokens, steps, tokenizer, length, keep }) {
    const numbers = new Map(tokens.split(SEPARATOR).map((token, number) => [token, number]));
    const numberOf = (token) => numbers.get(token) ?? UNKNOWN;
    const byPairs = tokenizer === "pieces_and_pairs";
    const byPieces = byPairs || tokenizer === "word_pieces";
    const word = (text) => {
      const pieces = byPieces ? wordPieces(text) : [text];
      return {
        text,
        pieces,
        numbers: pieces.map(numberOf).filter((n) => n > UNKNOWN),
        known: numberOf(pieces[0]) > UNKNOWN,
        pair: (before) => (byPairs ? numberOf(`${before?.text ?? ""} ${text}`) : UNKNOWN),
      };
    };
    const read = (text, most) => {
      const start = begin(text, most.letters);
      let found = words(steps.reduce((cleaned, step) => CLEANING[step](cleaned), start));
      if (length !== null) found = keep === "first" ? found.slice(0, length) : found.slice(-length);
      return { words: found.slice(0, most.words).map(word), cut: found.length > most.words || start.length < text.length };
    };
    return { read, byPieces, byPairs, isKnown: (piece) => numberOf(piece) > UNKNOWN };
  }

  return { words, wordPieces, reader, UNKNOWN };
})();
