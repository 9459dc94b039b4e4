/* Approved phrases, found by words or by the first letters of their sounds: `;dq` is 道歉. */

import { Card } from "./card.js";
import { el, icon, refill } from "./element.js";
import { ofPhrase } from "./offer.js";
import { Panel } from "./panel.js";
import { say } from "./words.js";

const MOST = 30;

export class PhrasesPanel extends Panel {
  /** phrases: a promise of {phrases, generation}. written: what was typed behind the `;`. */
  constructor({ phrases, desk, left, written }) {
    super("phrases", say("phrases"), left);
    this.desk = desk;
    this.all = [];
    this.generation = null;
    this.found = [];
    this.input = el("input", {
      type: "search", class: "search", placeholder: say("phrases_placeholder"), "aria-label": say("phrases_label"),
      autocomplete: "off", spellcheck: "false", maxlength: 100, oninput: () => this.show(),
    });
    this.input.value = written;
    this.status = el("p", { class: "quiet-note", role: "status" });
    this.list = el("ul", { class: "cards folded", "aria-label": say("phrases") });
    refill(this.body, el("div", { class: "field" }, icon("phrases"), this.input), this.status, this.list);
    void this.load(phrases);
  }

  async load(phrases) {
    try {
      const read = await phrases;
      this.all = read.phrases;
      this.generation = read.generation;
      this.show();
    } catch (error) {
      this.status.textContent = say(error.status === 404 ? "phrases_absent" : "calendar_failed");
    }
  }

  get cards() {
    return this.found;
  }

  focus() {
    this.input.focus();
    this.input.setSelectionRange(this.input.value.length, this.input.value.length);
  }

  show() {
    const matching = matches(this.all, this.input.value).slice(0, MOST);
    this.found = matching.map((phrase, n) =>
      new Card(ofPhrase(phrase, n + 1, this.generation), this.desk, { number: n < 5 ? n + 1 : null, open: n === 0 && this.input.value !== "" }));
    refill(this.list, this.found.map((card) => card.element));
    this.status.textContent = matching.length === 0 && this.all.length > 0 ? say("phrases_none") : "";
  }
}

/** The phrases that fit, the best first: by the sounds' first letters, by heading and title, by the wording. */
export function matches(phrases, written) {
  const typed = written.trim().toLowerCase();
  if (typed === "") return phrases;
  const weighed = phrases.map((phrase) => ({ phrase, weight: weigh(phrase, typed) })).filter((one) => one.weight > 0);
  return weighed.sort((a, b) => b.weight - a.weight).map((one) => one.phrase);
}

function weigh(phrase, typed) {
  const named = [phrase.source.title, ...phrase.source.headings].join(" ").toLowerCase();
  if (phrase.letters.some((letters) => letters.startsWith(typed))) return 4;
  if (named.includes(typed)) return 3;
  if (phrase.letters.some((letters) => letters.includes(typed))) return 2;
  return phrase.text.toLowerCase().includes(typed) ? 1 : 0;
}
