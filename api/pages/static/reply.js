/* A reply's text as the agent sees it: blanks of approved wording are fields, filled in place. */

import { el, free } from "./element.js";
import { marked } from "./marks.js";
import { say } from "./words.js";

const BLANK = /\{([^{}\n]{1,40})\}/g;

/** The names of a text's blanks, each once. */
export function blanksOf(text) {
  return [...new Set(Array.from(text.matchAll(BLANK), (match) => match[1].trim()))];
}

export class Reply {
  /** text: the wording. blanks: the names that are blanks in it. values: what is filled in, by name; shared. */
  constructor(text, blanks, values, { highlights = [], words = [] } = {}) {
    this.text = text;
    this.names = new Set(blanks);
    this.values = values;
    this.inputs = [];
    this.element = free("div", "reply", this.names.size > 0 ? this.withBlanks() : marked(text, highlights, words));
  }

  withBlanks() {
    const parts = [];
    let from = 0;
    for (const match of this.text.matchAll(BLANK)) {
      const name = match[1].trim();
      if (!this.names.has(name)) continue;
      parts.push(this.text.slice(from, match.index), this.input(name));
      from = match.index + match[0].length;
    }
    parts.push(this.text.slice(from));
    return parts;
  }

  input(name) {
    const input = el("input", {
      class: "blank",
      type: "text",
      placeholder: name,
      "aria-label": say("blank", { name }),
      maxlength: 200,
      autocomplete: "off",
      oninput: () => {
        this.values.set(name, input.value);
        for (const other of this.inputs) if (other.dataset.name === name && other !== input) other.value = input.value;
        for (const one of this.inputs) fit(one);
      },
    });
    input.dataset.name = name;
    input.value = this.values.get(name) ?? "";
    fit(input);
    this.inputs.push(input);
    return input;
  }

  /** The text with its blanks filled as far as they are. */
  filled() {
    return this.text.replace(BLANK, (whole, name) => {
      const value = this.names.has(name.trim()) ? (this.values.get(name.trim()) ?? "").trim() : "";
      return value === "" ? whole : value;
    });
  }

  /** The names that are still open. */
  open() {
    return [...this.names].filter((name) => (this.values.get(name) ?? "").trim() === "");
  }

  /** Put the caret into the first open blank. */
  focus() {
    this.inputs.find((input) => input.value.trim() === "")?.focus();
  }
}

/** A field as wide as what stands in it: Chinese characters are about twice as wide as Latin ones. */
function fit(input) {
  const shown = input.value === "" ? input.placeholder : input.value;
  const wide = Array.from(shown).reduce((sum, letter) => sum + (letter.codePointAt(0) > 0x2e7f ? 2 : 1.1), 0);
  input.style.width = `${Math.min(Math.max(wide + 2, 5), 34)}ch`;
}
