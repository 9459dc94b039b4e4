/* What a card works with: the front conversation, the host, the feedback, and the two voices of the page. */

import { copy } from "./clipboard.js";
import { uuid } from "./identity.js";
import { say } from "./words.js";

const TOAST = 2500;
const UNDO = 6000;

export class Desk {
  /** page: {toast, said, undo} elements. articles(source, from): opens one. */
  constructor({ host, feedback, page, openArticle, chosen }) {
    this.host = host;
    this.feedback = feedback;
    this.page = page;
    this.openArticle = openArticle;
    this.chosen = chosen;
    this.conversation = null;
    this.timer = null;
    this.takeBack = null;
  }

  get inserts() {
    return this.host.inserts;
  }

  get blanks() {
    return this.conversation?.blanks ?? this.ownBlanks;
  }

  get drafts() {
    return this.conversation?.drafts ?? this.ownDrafts;
  }

  /** Where nothing is open, what is typed belongs to the page. */
  ownBlanks = new Map();
  ownDrafts = new Map();
  ownTold = new Set();
  own = `sidebar-${uuid()}`;

  /** Hand a text to the host, or to the clipboard. Whether it arrived. */
  async deliver(text, byCopy) {
    const conversation = this.conversation;
    if (!byCopy && conversation !== null) {
      this.host.insert(conversation.id, text);
      this.toast(say("inserted"));
      return true;
    }
    const done = await copy(text);
    this.toast(say(done ? "copied" : "not_copied"));
    return done;
  }

  /** Note what was done with an offer. Returns the event's id. */
  note(kind, offer, { distance, reason } = {}) {
    return this.feedback.note(kind, {
      ...this.circumstances(),
      question_id: offer.question,
      rank: offer.rank,
      article: offer.source.article,
      revision: offer.source.revision,
      generation: offer.generation,
      text: offer.asks,
      distance,
      reason,
    });
  }

  /** Note something about a question, whatever was suggested. */
  noteQuestion(kind, answer, text, rank = undefined) {
    const [first] = answer.suggestions;
    return this.feedback.note(kind, {
      ...this.circumstances(), question_id: answer.id, generation: answer.generation, text, rank,
      article: first?.source.article, revision: first?.source.revision,
    });
  }

  /** Whose talk it is; without one, this page is a talk of its own. */
  circumstances() {
    const { product, channel } = this.conversation?.context ?? {};
    return { conversation: this.conversation?.id ?? this.own, product, channel };
  }

  /** Take an event back. */
  retract(id) {
    this.feedback.retract(id);
  }

  /** An offer stands before the agent's eyes; each is noted once an answer. */
  seen(offer) {
    const told = this.conversation?.told ?? this.ownTold;
    const name = `${offer.question}:${offer.manner}:${offer.source.article}`;
    if (offer.manner === "phrase" || told.has(name)) return;
    told.add(name);
    this.note("shown", offer);
  }

  /** A card was put aside: hide it, and offer it back. */
  dismissed(card, retract) {
    const { conversation } = this;
    conversation?.dismissed.add(card.place);
    const next = card.element.nextElementSibling ?? card.element.previousElementSibling;
    card.element.hidden = true;
    next?.focus?.({ preventScroll: true });
    this.toast(say("dismissed"), () => {
      retract();
      conversation?.dismissed.delete(card.place);
      card.element.hidden = false;
      card.focus();
    });
  }

  /** Show a line at the foot of the page for a while. undo: offered beside it. */
  toast(text, undo = null) {
    clearTimeout(this.timer);
    this.page.toast.querySelector("span").textContent = text;
    this.page.undo.hidden = undo === null;
    this.page.toast.classList.add("shown");
    this.takeBack = undo;
    this.timer = setTimeout(() => this.hush(), undo === null ? TOAST : UNDO);
  }

  /** Take back what the line at the foot offers to. */
  undo() {
    const takeBack = this.takeBack;
    this.hush();
    takeBack?.();
  }

  hush() {
    clearTimeout(this.timer);
    this.page.toast.classList.remove("shown");
    this.page.toast.querySelector("span").textContent = "";
    this.page.undo.hidden = true;
    this.takeBack = null;
  }

  /** Say something to those who hear the page. */
  announce(text) {
    this.page.said.textContent = text;
  }
}
