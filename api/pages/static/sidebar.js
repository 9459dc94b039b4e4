/* The agent's sidebar: wires host, conversations, server and page together. */

import { accessKey, keepKey } from "./access_key.js";
import { AnswerView, quoted } from "./answer_view.js";
import { ArticlePanel } from "./article_panel.js";
import { CalendarPanel } from "./calendar_panel.js";
import { Conversations } from "./conversations.js";
import { Desk } from "./desk.js";
import { el, free, icon, refill } from "./element.js";
import { Events } from "./events.js";
import { Feedback } from "./feedback.js";
import { HelpPanel } from "./help_panel.js";
import { Host } from "./host.js";
import { KeyPanel } from "./key_panel.js";
import { meaning, singleKeys, switchSingleKeys } from "./keyboard.js";
import { Panels } from "./panels.js";
import { PhrasesPanel } from "./phrases_panel.js";
import { RiseLine } from "./rise_line.js";
import { RisesPanel } from "./rises_panel.js";
import { SearchPanel } from "./search_panel.js";
import { Server } from "./server.js";
import { say } from "./words.js";

const SLOW = 150;

class Sidebar {
  constructor() {
    const at = (id) => document.getElementById(id);
    this.page = { said: at("said"), toast: at("toast"), undo: at("undo"), main: at("main"), over: at("over"), bar: at("bar"), lost: at("lost"), asked: at("asked") };
    this.server = new Server(accessKey());
    this.server.onkey = (wrong) => this.askKey(wrong);
    const allowed = (document.documentElement.dataset.frameOrigins ?? "").split(" ").filter(Boolean);
    this.host = new Host(allowed, (message) => this.heard(message));
    this.host.onkind = () => this.render(true);
    this.feedback = new Feedback(this.server, (event) => this.host.feedback(event));
    this.desk = new Desk({
      host: this.host, feedback: this.feedback, page: this.page,
      openArticle: (source, from) => this.openArticle(source, from),
      chosen: (card) => this.select(card),
    });
    this.conversations = new Conversations({
      ask: (request, signal) => this.server.suggest(request, signal),
      changed: (conversation, another) => this.changed(conversation, another),
      reach: (reached) => this.reached(reached),
    });
    this.panels = new Panels(this.page, () => this.select(this.view?.cards.includes(this.chosen) ? this.chosen : (this.view?.first ?? null)));
    this.line = new RiseLine(at("rise"), { open: () => this.openRises(), announce: (text) => { at("news").textContent = text; } });
    this.events = new Events(this.server, (name, data) => this.told(name, data));
    this.replies = null;
    this.view = null;
    this.chosen = null;
    this.slow = null;
    this.held = false;
    this.isLost = false;
    this.phrases = null;
  }

  start() {
    refill(this.page.bar, ...this.tools());
    this.page.undo.textContent = say("undo");
    this.page.undo.addEventListener("click", () => this.desk.undo());
    document.addEventListener("keydown", (event) => this.key(event));
    window.addEventListener("online", () => this.conversations.retry());
    this.render(true);
    if (this.server.key === "") this.askKey(false);
    this.host.ready();
    this.events.start();
  }

  tools() {
    const tool = (name, key, act) =>
      el("button", { class: "tool", type: "button", "aria-label": say(name), "aria-keyshortcuts": key, title: `${say(name)} (${key})`, onclick: act }, icon({ calendar: "clock" }[name] ?? name));
    return [
      (this.page.who = free("p", "who", "")),
      el("nav", { "aria-label": say("toolbar") },
        tool("search", "/", () => this.openSearch()),
        tool("phrases", ";", () => this.openPhrases("")),
        tool("calendar", "H", () => this.openCalendar()),
        tool("help", "?", () => this.openHelp())),
    ];
  }

  /* What the host says. */

  heard(message) {
    if (message.type === "focus") (this.chosen ?? this.view?.first)?.focus();
    else if (message.type === "closed") this.conversations.close(message.conversation);
    else if (message.type === "message") message.message && this.conversations.receive(message.conversation, message.message);
    else this.known(message);
    if (message.type === "closed" && this.conversations.front === null) this.render(true);
  }

  known({ type, conversation: id, title, context, slots, messages }) {
    const conversation = this.conversations.apply(id, { title, context, slots, messages });
    for (const [name, value] of Object.entries(slots ?? {})) if (!conversation.blanks.has(name)) conversation.blanks.set(name, value);
    if (type === "conversation" && this.conversations.front !== conversation) {
      this.leave();
      // It was about the customer before.
      this.desk.hush();
      this.desk.conversation = conversation;
      this.conversations.open(id);
    }
  }

  /** What the server tells by itself. */
  told(name, data) {
    if (name === "message") {
      if (data.conversation === this.conversations.front?.id) this.host.expect();
      return;
    }
    if (name !== "board" || !Array.isArray(data?.rises) || !Array.isArray(data.replies)) return;
    this.line.show(data.rises);
    const replies = data.replies.map((reply) => reply.number).join(" ");
    if (this.replies !== null && this.replies !== replies) this.conversations.renew();
    this.replies = replies;
  }

  /* What the agent sees. */

  changed(conversation, another = false) {
    if (conversation !== this.conversations.front) return;
    this.events.follow(this.host.kind === "chatwoot" ? conversation.id : "");
    const busy = this.panels.isOpen || this.chosen?.editor;
    if (busy && this.view && this.view.conversation === conversation) this.hold(another);
    else this.render(another);
  }

  /** A new answer while the agent reads or writes elsewhere: said, and shown when they want. */
  hold(another) {
    if (!another || this.conversations.front.state !== "ready") return;
    this.held = true;
    this.desk.announce(say("new_answer"));
    this.page.held?.remove();
    this.page.held = el("button", { class: "held", type: "button", onclick: () => { this.leave(); this.render(true); } }, say("new_answer"), " · ", say("show"));
    this.page.lost.after(this.page.held);
  }

  render(another) {
    const conversation = this.conversations.front;
    this.desk.conversation = conversation;
    this.showLost();
    clearTimeout(this.slow);
    if (conversation === null || conversation.last === null) {
      this.view = null;
      this.chosen = null;
      refill(this.page.asked);
      refill(this.page.main, this.waiting());
      this.page.who.textContent = conversation?.title ?? "";
      return;
    }
    this.page.who.textContent = conversation.title;
    refill(this.page.asked, this.question(conversation));
    if (conversation.state === "asking") this.asking();
    else if (conversation.state === "failed" && !conversation.failure.passing) this.refused(conversation.failure);
    else if (another || this.view?.answer !== conversation.answer || this.view?.conversation !== conversation) this.answer(conversation);
  }

  waiting() {
    return el("section", { class: "empty" }, el("h2", {}, say("waiting_title")), el("p", {}, say("waiting_text")),
      el("button", { class: "quiet", type: "button", onclick: () => this.openSearch() }, say("search"), el("kbd", { "aria-hidden": "true" }, "/")));
  }

  question(conversation) {
    const chips = [];
    const { choice, context } = conversation;
    const understood = conversation.fresh ? conversation.answer.understood : null;
    const channel = understood?.channel ?? context.channel;
    for (const product of (understood?.products ?? []).slice(0, 3)) chips.push(free("span", "chip", product));
    if (channel) chips.push(free("span", "chip", say(channel)));
    const said = conversation.answer?.suggestions.find((one) => one.period?.said)?.period.said;
    const ordered = () => (said ? say("ordered_said", { said }) : say("ordered", { date: understood.as_of.slice(0, 10) }));
    if (understood?.as_of) chips.push(free("span", "chip", ordered()));
    const text = free("blockquote", "asked-text", quoted(conversation));
    return [text,
      conversation.shortened && el("p", { class: "quiet-note" }, say("shortened")),
      chips.length > 0 && el("p", { class: "chips" }, chips),
      choice && el("p", { class: "choice-made" }, free("span", "", say("chosen", { label: choice.label })),
        el("button", { class: "link", type: "button", onclick: () => this.conversations.choose(conversation, null) }, say("unchoose")))];
  }

  /** The old answer goes at once: under a new message it would be a wrong one. */
  asking() {
    this.view = null;
    this.chosen = null;
    refill(this.page.main);
    this.slow = setTimeout(() => refill(this.page.main, el("p", { class: "asking" }, say("asking"))), SLOW);
  }

  refused(failure) {
    this.view = null;
    this.chosen = null;
    refill(this.page.main, failure.status === 401 ? null : el("p", { class: "warning", role: "alert" }, say("refused", { why: failure.message })));
  }

  answer(conversation) {
    this.chosen = null;
    this.held = false;
    this.page.held?.remove();
    if (conversation.answer === null) {
      this.view = null;
      refill(this.page.main);
      return;
    }
    this.view = new AnswerView(conversation, this.desk, (option) => this.conversations.choose(conversation, option));
    refill(this.page.main, this.view.element);
    window.scrollTo(0, 0);
    this.select(this.view.first);
    if (!conversation.fresh) return;
    this.desk.announce(this.view.spoken);
    this.noteMissing(conversation);
  }

  noteMissing(conversation) {
    const { answer } = conversation;
    const name = `${answer.id}:no-answer`;
    if (answer.offered === "answer" || answer.unified || conversation.told.has(name)) return;
    conversation.told.add(name);
    this.desk.noteQuestion("no-answer", answer, conversation.asks);
  }

  select(card) {
    if (this.chosen === card) return;
    this.chosen?.select(false);
    this.chosen = card;
    card?.select(true);
  }

  /* The server is gone, or back. */

  reached(reached) {
    if (this.isLost === !reached) return;
    this.isLost = !reached;
    if (reached) {
      this.desk.toast(say("back_again"));
      this.phrases = null;
      void this.feedback.flush();
    }
    this.showLost();
  }

  showLost() {
    const front = this.conversations.front;
    this.page.lost.hidden = !this.isLost;
    if (!this.isLost) {
      refill(this.page.lost);
      return;
    }
    const time = front?.at ? new Date(front.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" }) : "";
    const which = front?.answer ? (front.fresh ? say("lost_shown", { time }) : say("lost_older")) : say("lost_nothing");
    const text = `${say("lost")} ${which}`;
    if (this.page.lost.dataset.text === text && this.page.lost.firstChild) return;
    this.page.lost.dataset.text = text;
    refill(this.page.lost, icon("away"), el("span", {}, el("b", {}, say("lost")), " ", which),
      el("button", { class: "link", type: "button", onclick: () => this.conversations.retry() }, say("retry")));
  }

  /* Panels. */

  /** Back to the answer, whatever lies over it. */
  leave() {
    this.panels.clear();
    this.held = false;
    this.page.held?.remove();
  }

  openSearch() {
    if (this.server.key === "" && this.panels.top?.name === "key") return;
    this.panels.open(new SearchPanel({
      server: this.server, desk: this.desk, context: this.conversations.front?.context ?? {},
      left: () => this.panels.pop(), phrases: (written) => this.openPhrases(written),
    }));
  }

  openPhrases(written) {
    if (this.panels.top?.name === "key") return;
    this.phrases ??= this.server.call("GET", `v1/phrases${this.scope()}`).catch((error) => {
      this.phrases = null;
      throw error;
    });
    this.panels.open(new PhrasesPanel({ phrases: this.phrases, desk: this.desk, left: () => this.panels.pop(), written }));
    this.phrases = null;
  }

  scope() {
    const channel = this.conversations.front?.context.channel;
    return channel ? `?${new URLSearchParams({ channel })}` : "";
  }

  openCalendar() {
    if (this.panels.top?.name === "key") return;
    this.panels.open(new CalendarPanel({
      calendar: this.server.call("GET", "v1/calendar?days=2"), left: () => this.panels.pop(),
      openArticle: (source, from) => this.openArticle(source, from),
    }));
  }

  openRises() {
    if (this.server.key === "") return;
    this.panels.open(new RisesPanel({ server: this.server, desk: this.desk, left: () => this.panels.pop() }));
  }

  openHelp() {
    if (this.panels.top?.name === "key") return;
    this.panels.open(new HelpPanel({
      single: singleKeys(), switched: switchSingleKeys, hasKey: this.server.key !== "", left: () => this.panels.pop(),
      forget: () => this.useKey(""),
    }));
  }

  openArticle(source, from) {
    this.panels.push(new ArticlePanel(source, this.server, () => this.panels.pop()), from);
  }

  askKey(wrong) {
    if (this.panels.top?.name === "key") {
      if (!wrong) return;
    }
    this.panels.open(new KeyPanel({ wrong, given: (key) => this.useKey(key) }));
  }

  useKey(key) {
    keepKey(key);
    this.server.key = key;
    this.leave();
    if (key === "") {
      this.askKey(false);
      return;
    }
    for (const conversation of this.conversations.all.values()) this.conversations.refresh(conversation);
    this.render(true);
    this.events.connect();
    void this.feedback.flush();
  }

  /* The keyboard. */

  key(event) {
    const meant = meaning(event);
    if (meant === null || this.panels.top?.name === "key") return;
    if (this.act(meant)) event.preventDefault();
  }

  act({ name, number }) {
    const cards = this.panels.top ? this.panels.top.cards : (this.view?.cards ?? []);
    const card = cards.includes(this.chosen) ? this.chosen : null;
    const onCard = { copy: "copy", edit: "edit", dismiss: "dismiss", report: "report", article: "open" };
    if (name in onCard) return card ? (card[onCard[name]](), true) : false;
    if (["wrong", "outdated", "incomplete"].includes(name)) return card ? (card.tell(name), true) : false;
    const acts = {
      insert: () => (card ?? (this.panels.top ? cards[0] : null))?.insert(),
      next: () => this.move(cards, card, 1),
      previous: () => this.move(cards, card, -1),
      fold: () => card?.fold(false),
      unfold: () => card?.fold(true),
      pick: () => (this.panels.top ? this.pick(cards, number) : this.view?.pick(number)),
      option: () => this.view?.options[number - 1]?.click(),
      all: () => void this.view?.all(),
      undo: () => this.desk.undo(),
      search: () => this.openSearch(),
      phrases: () => this.openPhrases(""),
      calendar: () => this.openCalendar(),
      rises: () => this.openRises(),
      unified: () => this.view?.unified?.focus(),
      help: () => this.openHelp(),
      escape: () => this.escape(),
    };
    acts[name]();
    return true;
  }

  pick(cards, number) {
    const card = cards[number - 1];
    if (card && !card.isOpen) card.fold(true);
    card?.focus();
  }

  move(cards, card, step) {
    if (cards.length === 0) return;
    const place = card === null ? (step > 0 ? 0 : cards.length - 1) : cards.indexOf(card) + step;
    if (place < 0) this.panels.top?.focus();
    else cards[Math.min(place, cards.length - 1)].focus();
  }

  escape() {
    if (this.panels.pop()) {
      if (!this.panels.isOpen && this.held) this.render(true);
      return;
    }
    if (this.desk.takeBack !== null || this.page.toast.classList.contains("shown")) this.desk.hush();
    document.activeElement?.blur?.();
    this.host.leave();
  }
}

new Sidebar().start();
