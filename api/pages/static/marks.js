/* Ranges of a text as marks. The API counts characters as code points, the browser's strings do not. */

import { el } from "./element.js";

const HIGH = 1;
const WORD = 2;

/** The text as texts and marks: `highlights` are what the reply is made of, `words` the words that answer. */
export function marked(text, highlights = [], words = []) {
  const points = Array.from(text);
  const kinds = new Uint8Array(points.length);
  for (const [start, end] of highlights) for (let n = start; n < Math.min(end, points.length); n++) kinds[n] |= HIGH;
  for (const [start, end] of words) for (let n = start; n < Math.min(end, points.length); n++) kinds[n] |= WORD;
  const made = [];
  let start = 0;
  for (let n = 1; n <= points.length; n++) {
    if (n < points.length && kinds[n] === kinds[start]) continue;
    made.push(wrapped(points.slice(start, n).join(""), kinds[start]));
    start = n;
  }
  return made;
}

function wrapped(text, kind) {
  if (kind & WORD) return el("mark", { class: kind & HIGH ? "word high" : "word" }, text);
  return kind & HIGH ? el("span", { class: "high" }, text) : text;
}

/** How many characters were changed, added or removed to make one text of the other (Levenshtein), in code points. */
export function distance(one, other) {
  const a = Array.from(one);
  const b = Array.from(other);
  let row = b.map((_, n) => n + 1);
  for (let i = 0; i < a.length; i++) {
    let corner = i;
    let left = i + 1;
    for (let j = 0; j < b.length; j++) {
      const above = row[j];
      left = Math.min(left + 1, above + 1, corner + (a[i] === b[j] ? 0 : 1));
      corner = above;
      row[j] = left;
    }
  }
  return b.length === 0 ? a.length : row[b.length - 1];
}
