/* A whole answer: the best at once, the rest folded, and what stands around them. */

import { Card } from "./card.js";
import { el, free, icon } from "./element.js";
import { marked } from "./marks.js";
import { ofOpening, ofSuggestion, ofUnified, sureness } from "./offer.js";
import { say } from "./words.js";

export class AnswerView {
  /** desk: what the cards work with. choose(option): an option of the question back. */
  constructor(conversation, desk, choose) {
    this.conversation = conversation;
    this.answer = conversation.answer;
    this.asks = conversation.asks;
    this.desk = desk;
    this.choose = choose;
    this.options = [];
    this.opening = null;
    this.unified = null;
    this.numbered = [];
    this.others = [];
    const parts = [this.calm(), this.unifiedReply(), this.verdict(), this.clarify(), this.parts(), this.best(), this.upcoming(), this.rest()];
    this.element = el("div", { class: "answer" }, parts);
  }

  /** Every card in the order of the page. */
  get cards() {
    const all = [this.opening, this.unified, ...this.numbered, ...this.others].filter((card) => card !== null);
    return all.filter((card) => card.element.isConnected && !card.element.hidden).sort(byPlace);
  }

  /** The card that Enter takes: the answer, or where there is none the words that calm; or null. */
  get first() {
    if (this.unified?.element.hidden === false) return this.unified;
    if (this.answer.offered === "answer") return this.numbered.find((card) => !card.element.hidden) ?? null;
    return this.opening?.element.hidden === false ? this.opening : null;
  }

  /** The answer in one sentence, for those who hear it. */
  get spoken() {
    if (this.unified) return say("unified_ready", { reply: this.unified.offer.reply });
    if (this.answer.offered !== "answer") return say("nearest_ready", { owner: this.answer.whom_to_ask || say("whom_nobody") });
    const [best] = this.answer.suggestions;
    return say("answer_ready", { headline: this.numbered[0].headline, word: say(sureness(best.confidence)) });
  }

  calm() {
    const { calm } = this.answer;
    if (!calm || (!calm.advice && !calm.opening)) return null;
    if (calm.opening) this.opening = this.card(ofOpening(calm.opening, this.answer, this.asks), { number: 0, open: !this.answer.unified });
    return el("section", { class: "calm" },
      el("h2", {}, say(`calm_${calm.mood.kind}`)),
      calm.advice && this.advice(calm.advice),
      this.opening && el("ul", { class: "cards" }, this.opening.element));
  }

  advice(aid) {
    const text = free("div", "advice-text", aid.text);
    const long = Array.from(aid.text).length > 70;
    const more = long && el("button", {
      class: "link", type: "button", "aria-expanded": "false",
      onclick: () => {
        const open = text.classList.toggle("whole");
        more.setAttribute("aria-expanded", String(open));
        more.textContent = say(open ? "fold" : "unfold");
      },
    }, say("unfold"));
    if (!long) text.classList.add("whole");
    return el("div", { class: "advice internal" },
      el("p", { class: "tags" }, el("span", { class: "tag tag-internal" }, icon("lock"), say("internal"))), text,
      el("p", { class: "advice-foot" }, more,
        el("button", { class: "link", type: "button", onclick: (event) => this.desk.openArticle(aid.source, event.target) },
          free("span", "", aid.source.title))));
  }

  /** What the owners say to everybody who asks this, before all that is found. */
  unifiedReply() {
    if (!this.answer.unified) return null;
    this.unified = this.card(ofUnified(this.answer.unified, this.answer, this.asks), { number: "U", open: true, best: true });
    return el("section", { class: "unified", "aria-label": say("unified") }, el("ul", { class: "cards" }, this.unified.element));
  }

  verdict() {
    // Where there is one reply for all, nothing is missing.
    if (this.answer.offered === "answer" || this.answer.unified) return null;
    const nothing = this.answer.offered === "none";
    return el("section", { class: "verdict" },
      el("h2", {}, say(nothing ? "none_title" : "nearest_title")),
      this.answer.lacking.length > 0 && el("p", {}, say("lacks"), this.answer.lacking.map((word) => free("span", "lack", word))),
      el("p", {}, say("whom"), free("strong", "whom", this.answer.whom_to_ask || say("whom_nobody"))));
  }

  clarify() {
    const { clarify } = this.answer;
    if (!clarify) return null;
    this.options = clarify.options.map((option, n) =>
      el("button", { class: "option", type: "button", "aria-keyshortcuts": `Shift+${n + 1}`, onclick: () => this.chose(option, n + 1) },
        free("span", "", option.label), el("kbd", { "aria-hidden": "true" }, `⇧${n + 1}`)));
    const written = `${clarify.question}${clarify.options.map((option) => option.label).join("、")}`;
    return el("section", { class: "clarify" },
      el("h2", {}, say("clarify_title")),
      free("p", "ask", clarify.question),
      el("div", { class: "options", role: "group", "aria-label": say("clarify_known") }, this.options),
      el("button", { class: "link", type: "button", onclick: () => void this.askBack(written) },
        say(this.desk.inserts ? "clarify_insert" : "clarify_copy")));
  }

  /** One of the options of the question back. */
  chose(option, rank) {
    this.clarified(rank);
    this.choose(option);
  }

  /** Send the question back to the customer. */
  async askBack(written) {
    if (await this.desk.deliver(written, !this.desk.inserts)) this.clarified();
  }

  /** Note, once for each way, that the question back was of use. */
  clarified(rank) {
    const name = `${this.answer.id}:clarified:${rank ?? "asked"}`;
    if (this.conversation.told.has(name)) return;
    this.conversation.told.add(name);
    this.desk.noteQuestion("clarified", this.answer, this.asks, rank);
  }

  parts() {
    if (this.answer.parts.length < 2) return null;
    const joined = this.answer.parts.every((part) => part.answerable && part.suggestion !== null);
    return el("section", { class: "parts" },
      el("h2", {}, say("parts_title", { count: this.answer.parts.length })),
      el("ol", {}, this.answer.parts.map((part) => el("li", {},
        part.suggestion === null
          ? free("span", "part", part.text)
          : el("button", { class: "link", type: "button", onclick: () => this.pick(part.suggestion) }, free("span", "part", part.text)),
        el("small", {}, say(part.answerable ? "part_sure" : "part_unsure"))))),
      joined && el("button", { class: "quiet all", type: "button", "aria-keyshortcuts": "A", onclick: () => void this.all() },
        say(this.desk.inserts ? "insert_all" : "copy_all"), el("kbd", { "aria-hidden": "true" }, "A")));
  }

  /** Whether the replies to all parts may go out together. */
  async all() {
    const ranks = [...new Set(this.answer.parts.map((part) => part.suggestion))];
    const cards = ranks.map((rank) => this.numbered.find((card) => card.offer.rank === rank)).filter(Boolean);
    const unready = cards.find((card) => !card.isOpen || card.internal || !card.offer.sendable || card.reply.open().length > 0);
    if (this.answer.parts.length < 2 || cards.length === 0) return;
    if (unready) {
      unready.focus();
      unready.maySend();
      return;
    }
    const text = cards.map((card) => card.reply.filled()).join("\n\n");
    const done = await this.desk.deliver(text, !this.desk.inserts);
    if (done) for (const card of cards) this.desk.note(this.desk.inserts ? "inserted" : "copied", card.offer);
  }

  /** A suggestion as an offer. */
  offer(suggestion) {
    return ofSuggestion(suggestion, this.answer, this.answer.offered === "answer" ? "answer" : "nearest", this.asks);
  }

  best() {
    if (this.answer.offered !== "answer" || this.answer.unified) return null;
    const answered = new Set(this.answer.parts.filter((part) => part.answerable).map((part) => part.suggestion));
    const leading = this.answer.suggestions.filter((s) => s.rank === 1 || answered.has(s.rank));
    this.numbered = leading.map((s) =>
      this.card(this.offer(s), { number: s.rank, open: true, best: true }));
    return el("ul", { class: "cards", "aria-label": say("suggestions") }, this.numbered.map((card) => card.element));
  }

  rest() {
    const shown = new Set(this.numbered.map((card) => card.offer.rank));
    const manner = this.answer.offered === "answer" ? "answer" : "nearest";
    const rest = this.answer.suggestions.filter((s) => !shown.has(s.rank));
    if (rest.length === 0) return null;
    const cards = rest.map((s) => this.card(this.offer(s), { number: s.rank }));
    this.numbered = [...this.numbered, ...cards].sort((a, b) => a.offer.rank - b.offer.rank);
    return el("section", { class: "rest" },
      el("h2", {}, say(manner === "nearest" ? "nearest_fold" : this.unified ? "usual_answers" : "more", { count: rest.length })),
      el("ul", { class: "cards folded" }, cards.map((card) => card.element)));
  }

  upcoming() {
    const { upcoming } = this.answer;
    if (!upcoming || upcoming.length === 0) return null;
    const cards = upcoming.map((s) => this.card(ofSuggestion(s, this.answer, "upcoming", this.asks), { open: this.answer.offered !== "answer" }));
    this.others.push(...cards);
    return el("section", { class: "upcoming" },
      el("h2", {}, icon("clock"), say("upcoming_title")),
      el("ul", { class: "cards" }, cards.map((card) => card.element)));
  }

  card(offer, options) {
    const card = new Card(offer, this.desk, options);
    card.element.hidden = this.conversation.dismissed.has(card.place);
    return card;
  }

  /** Go to the suggestion of this rank and unfold it; 0 is the opening phrase. */
  pick(rank) {
    const card = rank === 0 ? this.opening : this.numbered.find((one) => one.offer.rank === rank);
    if (!card || card.element.hidden) return;
    if (!card.isOpen) card.fold(true);
    card.focus();
  }
}

function byPlace(one, other) {
  return one.element.compareDocumentPosition(other.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1;
}

/** The customer's message as a quotation, the words that told of a mood marked. */
export function quoted(conversation) {
  const words = conversation.fresh && !conversation.choice ? (conversation.answer.calm?.mood.words ?? []) : [];
  const text = conversation.question.trim();
  return marked(text, [], words.map((word) => [word.start, word.end]));
}
