/* Free search: results while the agent types, an older one never over a newer. */

import { Card } from "./card.js";
import { LIMIT } from "./conversation.js";
import { el, icon, refill } from "./element.js";
import { ofSuggestion } from "./offer.js";
import { Panel } from "./panel.js";
import { say } from "./words.js";

const PAUSE = 120;
const SETTLED = 1500;
const LONGEST = 2000;

export class SearchPanel extends Panel {
  /** context: what is known of the front conversation. phrases(): the agent typed `;`. */
  constructor({ server, desk, context, left, phrases }) {
    super("search", say("search"), left);
    this.server = server;
    this.desk = desk;
    this.context = context;
    this.phrases = phrases;
    this.controller = null;
    this.timer = null;
    this.noting = null;
    this.found = [];
    this.input = el("input", {
      type: "search", class: "search", placeholder: say("search_placeholder"), "aria-label": say("search_label"),
      autocomplete: "off", spellcheck: "false", maxlength: LONGEST, oninput: () => this.typed(),
    });
    const known = Object.keys(context).length > 0;
    this.scope = el("input", { type: "checkbox", checked: true, onchange: () => void this.search() });
    this.status = el("p", { class: "quiet-note", role: "status" });
    this.list = el("ul", { class: "cards folded", "aria-label": say("suggestions") });
    refill(this.body,
      el("div", { class: "field" }, icon("search"), this.input),
      known && el("label", { class: "scope" }, this.scope, say("search_scope")),
      this.status, this.list);
  }

  get cards() {
    return this.found;
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  typed() {
    if (/^[;；]/.test(this.input.value)) {
      this.phrases(this.input.value.slice(1));
      return;
    }
    clearTimeout(this.timer);
    this.controller?.abort();
    this.timer = setTimeout(() => void this.search(), PAUSE);
  }

  async search() {
    clearTimeout(this.timer);
    clearTimeout(this.noting);
    this.controller?.abort();
    const question = this.input.value.trim();
    if (question === "") {
      this.found = [];
      refill(this.list);
      this.status.textContent = "";
      return;
    }
    const controller = new AbortController();
    this.controller = controller;
    const context = this.scope.checked ? this.context : {};
    try {
      const answer = await this.server.suggest({ question, context, limit: LIMIT }, controller.signal);
      if (controller === this.controller) this.show(question, answer);
    } catch (error) {
      if (controller !== this.controller || error.name === "AbortError") return;
      this.status.textContent = error.passing ? say("lost") : say("refused", { why: error.message });
    }
  }

  show(question, answer) {
    const shown = [...answer.suggestions];
    this.found = shown.map((suggestion, n) =>
      new Card(ofSuggestion(suggestion, answer, answer.offered === "answer" ? "search" : "nearest", question), this.desk,
        { number: n + 1, open: n === 0 && answer.offered === "answer" }));
    refill(this.list, this.found.map((card) => card.element));
    const said = { answer: () => say("search_count", { count: shown.length }), nearest: () => say("search_unsure"), none: () => say("search_none") };
    this.status.textContent = said[answer.offered]();
    this.noting = setTimeout(() => this.note(question, answer), SETTLED);
  }

  note(question, answer) {
    this.noting = null;
    this.desk.noteQuestion("searched", answer, question);
  }

  leave() {
    clearTimeout(this.timer);
    clearTimeout(this.noting);
    this.controller?.abort();
  }
}
