/* One offer as a card: its text, its source, and what the agent may do with it. */

import { Editor } from "./editor.js";
import { el, free, icon, refill } from "./element.js";
import { marked, distance } from "./marks.js";
import { headline, sureness, thanks } from "./offer.js";
import { Report } from "./report.js";
import { Reply } from "./reply.js";
import { bought, english, here, period, say } from "./words.js";

const SHORT = 160;
const FEW_LINES = 5;
const SURE_AGAIN = 4000;

export class Card {
  /**
   * desk: what the card works with, see `Desk`. number: the digit that chooses it, or null.
   * open: whether it is unfolded. best: whether it is the answer itself.
   */
  constructor(offer, desk, { number = null, open = false, best = false } = {}) {
    this.offer = offer;
    this.desk = desk;
    this.number = number;
    this.best = best;
    this.headline = offer.answers ?? headline(offer);
    this.place = `${offer.manner}:${offer.source.article}:${offer.reply}`;
    this.reply = new Reply(offer.reply, offer.blanks, desk.blanks, sameText(offer) ? offer.snippet : {});
    this.sure = null;
    this.editor = null;
    this.isOpen = false;
    this.body = el("div", { class: "card-body" });
    this.head = this.makeHead();
    this.element = el("li", { class: this.look(), tabindex: "-1", onfocusin: () => desk.chosen(this) }, this.head, this.body);
    this.fold(open || desk.drafts.has(this.place));
  }

  get internal() {
    return this.offer.replyKind === "advice" || this.offer.source.audience === "internal";
  }

  look() {
    const names = ["card", `card-${this.offer.manner}`];
    if (this.best) names.push("card-best");
    if (this.internal) names.push("internal");
    return names.join(" ");
  }

  makeHead() {
    const { offer } = this;
    return el("button", { class: "card-head", type: "button", "aria-expanded": "false", onclick: () => this.fold(!this.isOpen) },
      this.number !== null && el("kbd", { class: "number" }, String(this.number)),
      el("span", { class: "card-title" },
        free("span", "headline", offer.unified && icon("many"), this.headline),
        free("span", "preview", offer.reply)),
      // The confidence is calibrated for what stands first; below it the same number is right far less often.
      offer.confidence !== null && (this.best || this.number === 1) && meter(offer.confidence),
      icon("fold"));
  }

  /** Fold or unfold. */
  fold(open) {
    this.isOpen = open;
    this.head.setAttribute("aria-expanded", String(open));
    this.element.classList.toggle("open", open);
    if (!open) {
      refill(this.body);
      return;
    }
    this.show();
    this.desk.seen(this.offer);
    const draft = this.desk.drafts.get(this.place);
    if (draft !== undefined) this.edit(draft);
  }

  show() {
    refill(this.body, this.tags(), this.reply.element, this.actions(), this.proof(), this.foot());
  }

  tags() {
    const { offer } = this;
    const begins = offer.manner === "upcoming" && offer.source.effective_from;
    return el("p", { class: "tags" },
      this.internal && el("span", { class: "tag tag-internal" }, icon("lock"), say("internal")),
      begins && el("span", { class: "tag tag-upcoming" }, icon("clock"), say("starts", { from: shortMoment(begins) })),
      offer.manner === "opening" && el("span", { class: "tag tag-opening" }, say("opening")),
      !this.internal && !offer.unified && offer.replyKind !== "sentences" && el("span", { class: `tag tag-${offer.replyKind}` }, say(offer.replyKind)));
  }

  actions() {
    if (!this.offer.sendable || this.internal) {
      return el("p", { class: "never" }, this.internal ? say("internal_never") : null);
    }
    const inserts = this.desk.inserts;
    this.main = el("button", { class: "main", type: "button", onclick: () => this.insert() },
      el("span", {}, say(inserts ? "insert" : "copy_only")), el("kbd", { "aria-hidden": "true" }, "↵"));
    return el("div", { class: "actions" }, this.main,
      inserts && quiet("copy", "C", () => this.copy()),
      quiet("edit", "E", () => this.edit()),
      this.offer.manner !== "phrase" && quiet("dismiss", "X", () => this.dismiss()),
      this.reportButton());
  }

  reportButton() {
    this.reporter = quiet("report", "R", () => this.report());
    return this.reporter;
  }

  proof() {
    const { snippet } = this.offer;
    if (!snippet || sameText(this.offer) || snippet.text === "") return null;
    const few = Array.from(snippet.text).length <= SHORT && snippet.text.split("\n").length <= FEW_LINES;
    // What the reply says word for word needs no second reading.
    const open = this.best && few && !this.offer.reply.includes(snippet.text.trim());
    return el("details", { class: "proof", open },
      el("summary", {}, say("snippet")),
      free("blockquote", "snippet", marked(snippet.text, snippet.highlights, snippet.words)));
  }

  foot() {
    const { source, unified } = this.offer;
    if (unified) return el("footer", { class: "foot" }, el("p", { class: "facts" }, free("span", "", unifiedFacts(unified))));
    // An article's first heading says its title once more.
    const path = [source.title, ...source.headings.slice(source.headings.length > 1 ? 1 : 0)];
    return el("footer", { class: "foot" },
      el("button", {
        class: "source", type: "button", title: [source.title, ...source.headings].join(" › "), "aria-keyshortcuts": "T", onclick: () => this.open(),
      }, el("span", { class: "unseen" }, say("open_article")), free("span", "path", path.join(" › ")), icon("open")),
      el("p", { class: "facts" },
        el("span", { class: "period" }, this.when()),
        source.owner && free("span", "owner", say("owner", { owner: source.owner }))));
  }

  when() {
    const { source, period: used } = this.offer;
    if (!this.offer.bought) return period(source.effective_from, used?.effective_until ?? source.effective_until);
    // The server's note, which is Chinese, knows the whole stretch of time that the customer named.
    return english() ? bought(used) : used.note.replaceAll(" 00:00", "");
  }

  /** Show that it is the chosen one, or that it no longer is. */
  select(on) {
    this.element.classList.toggle("chosen", on);
    if (on) this.element.setAttribute("aria-current", "true");
    else this.element.removeAttribute("aria-current");
  }

  /** Move the keyboard here. */
  focus() {
    this.element.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** Hand the reply to the composer; what could be a mistake asks once more. */
  insert() {
    if (!this.maySend()) return;
    if (this.editor) this.editor.send();
    else void this.deliver(this.reply.filled(), this.desk.inserts ? "inserted" : "copied");
  }

  /** Copy the reply. */
  copy() {
    if (this.maySend()) void this.deliver(this.editor?.text ?? this.reply.filled(), "copied");
  }

  maySend() {
    if (!this.offer.sendable || this.internal) {
      this.desk.toast(say("internal_never"));
      return false;
    }
    if (!this.isOpen) {
      // Nothing goes out that the agent has not had before their eyes.
      this.fold(true);
      return false;
    }
    if (this.editor) return true;
    const open = this.reply.open();
    if (open.length > 0) {
      this.reply.focus();
      this.desk.toast(say("fill_first", { names: open.join("、") }));
      return false;
    }
    return this.offer.careful === "" || this.twice(`surely_${this.offer.careful}`);
  }

  /** Whether this was pressed for the second time within a few seconds. */
  twice(warning) {
    if (this.sure !== null) {
      this.calmDown();
      return true;
    }
    this.main?.classList.add("sure");
    if (this.main) this.main.firstChild.textContent = say(warning);
    this.desk.announce(say(warning));
    this.sure = setTimeout(() => this.calmDown(), SURE_AGAIN);
    return false;
  }

  calmDown() {
    clearTimeout(this.sure);
    this.sure = null;
    this.main?.classList.remove("sure");
    if (this.main) this.main.firstChild.textContent = say(this.desk.inserts ? "insert" : "copy_only");
  }

  async deliver(text, kind, details = {}) {
    const done = await this.desk.deliver(text, kind === "copied" || !this.desk.inserts);
    if (done) this.desk.note(details.distance > 0 ? "edited" : kind, this.offer, details);
  }

  /** Put the reply into a field. draft: what was typed before. */
  edit(draft = null) {
    if (!this.offer.sendable || this.internal || this.editor) return;
    if (!this.isOpen) this.fold(true);
    const before = this.reply.filled();
    this.editor = new Editor(draft ?? before, this.desk.inserts, {
      typed: (text) => this.desk.drafts.set(this.place, text),
      left: () => this.stopEditing(),
      sent: (text) => {
        if (/\{[^{}\n]{1,40}\}/.test(text) && !this.editor.twice()) return;
        if (this.offer.careful !== "" && !this.editor.twice(`surely_${this.offer.careful}`)) return;
        const changed = distance(before, text);
        void this.deliver(text, this.desk.inserts ? "inserted" : "copied", { distance: changed });
        this.stopEditing();
      },
    });
    this.element.classList.add("editing");
    refill(this.body, this.tags(), this.editor.element, this.foot());
    if (draft === null) this.editor.focus();
  }

  /** Leave the field, what was typed in it forgotten. */
  stopEditing() {
    this.editor = null;
    this.desk.drafts.delete(this.place);
    this.element.classList.remove("editing");
    this.show();
    this.focus();
  }

  /** Put it aside; the event is taken back with it. */
  dismiss() {
    const noted = this.desk.note("dismissed", this.offer);
    this.desk.dismissed(this, () => this.desk.retract(noted));
  }

  /** Ask what is wrong with it. */
  report() {
    if (this.body.querySelector(".report")) return;
    if (!this.isOpen) this.fold(true);
    const asked = new Report({
      chosen: (reason) => this.tell(reason),
      left: () => {
        asked.element.remove();
        this.focus();
      },
    });
    this.body.querySelector(".foot").before(asked.element);
    asked.focus();
  }

  /** Report it: "wrong", "outdated" or "incomplete". */
  tell(reason) {
    this.body.querySelector(".report")?.remove();
    this.desk.note("reported", this.offer, { reason });
    this.desk.toast(thanks(this.offer));
    this.focus();
  }

  /** Open the whole article at the passage. */
  open() {
    if (!this.offer.unified) this.desk.openArticle(this.offer.source, this.element);
  }
}

/** Who set a unified reply, and for how long. */
function unifiedFacts({ author, made_at, until }) {
  const set = say("unified_by", { author, since: here(made_at) });
  return until ? `${set} · ${say("unified_until", { until: here(until) })}` : set;
}

function quiet(name, key, act) {
  return el("button", { class: "quiet", type: "button", "aria-keyshortcuts": key, title: `${say(name)} (${key})`, onclick: act }, say(name));
}

function meter(confidence) {
  const word = sureness(confidence);
  const label = say("confidence", { percent: Math.round(confidence * 100), word: say(word) });
  return el("span", { class: `meter ${word}`, role: "img", "aria-label": label, title: label }, el("i"), el("i"), el("i"));
}

function sameText(offer) {
  return offer.snippet !== null && offer.snippet.text === offer.reply;
}

function shortMoment(written) {
  const time = written.slice(11, 16);
  return time === "00:00" ? written.slice(5, 10) : `${written.slice(5, 10)} ${time}`;
}
