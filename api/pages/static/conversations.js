/* All open conversations. Each has its own sequence, so no answer ever lands under another message or customer. */

import { Conversation } from "./conversation.js";

const AT_ONCE = 2;
const OLD = 60_000;
const SPREAD = 1500;
const WAITS = [1000, 2000, 4000, 8000];

export class Conversations {
  /**
   * ask(request, signal) → answer. changed(conversation): its state or answer is another.
   * reach(reached): whether the server was reached.
   */
  constructor({ ask, changed, reach }) {
    this.ask = ask;
    this.changed = changed;
    this.reach = reach;
    this.all = new Map();
    this.front = null;
    this.queue = [];
    this.behind = 0;
    this.tries = 0;
    this.timer = null;
    this.renewed = 0;
  }

  /** The conversation of this id, made where it is new. */
  of(id) {
    if (!this.all.has(id)) this.all.set(id, new Conversation(id));
    return this.all.get(id);
  }

  /** Bring one to the front: its kept answer stands there at once, an old one is asked for again. */
  open(id) {
    this.front = this.of(id);
    this.front.closed = false;
    const old = this.front.fresh && (Date.now() - this.front.at > OLD || this.front.at < this.renewed);
    this.refresh(this.front, old && this.front.state === "ready");
    this.changed(this.front, true);
  }

  /** Take over what the host knows of one, and ask if its question is another now. */
  apply(id, known) {
    const conversation = this.of(id);
    conversation.apply(known);
    this.refresh(conversation);
    return conversation;
  }

  /** One more message in one of them. */
  receive(id, message) {
    const conversation = this.of(id);
    conversation.receive(message);
    this.refresh(conversation);
    return conversation;
  }

  /** Choose an option of the question back; null takes the choice back. */
  choose(conversation, option) {
    conversation.choice = option;
    this.refresh(conversation);
  }

  /** Answers of before are old ones; the one in front is asked for again, not by all pages in the same moment. */
  renew() {
    this.renewed = Date.now();
    setTimeout(() => {
      const { front } = this;
      if (front?.fresh && front.state === "ready" && front.at < this.renewed) this.refresh(front, true);
    }, Math.random() * SPREAD);
  }

  /** Forget one that the host has closed. */
  close(id) {
    const conversation = this.all.get(id);
    if (!conversation) return;
    conversation.closed = true;
    conversation.sequence++;
    conversation.controller?.abort();
    this.all.delete(id);
    if (this.front === conversation) this.front = null;
  }

  /** Ask for its answer, unless the same was asked. Those behind the front one wait for a free place. */
  refresh(conversation, again = false) {
    const request = conversation.request();
    if (request === null) return;
    const asked = JSON.stringify(request);
    if (!again && asked === conversation.asked && conversation.state !== "failed") return;
    conversation.asked = asked;
    conversation.sequence++;
    conversation.controller?.abort();
    conversation.controller = null;
    if (!again) {
      conversation.state = "asking";
      this.changed(conversation);
    }
    if (conversation === this.front) void this.run(conversation, request);
    else this.wait(conversation);
  }

  wait(conversation) {
    if (!this.queue.includes(conversation)) this.queue.push(conversation);
    this.next();
  }

  next() {
    while (this.behind < AT_ONCE && this.queue.length > 0) {
      const conversation = this.queue.shift();
      if (conversation.closed || conversation.controller !== null) continue;
      this.behind++;
      void this.run(conversation, conversation.request()).finally(() => {
        this.behind--;
        this.next();
      });
    }
  }

  async run(conversation, request) {
    const { sequence, asked } = conversation;
    const controller = new AbortController();
    conversation.controller = controller;
    let answer;
    try {
      answer = await this.ask(request, controller.signal);
    } catch (error) {
      if (sequence === conversation.sequence) this.failed(conversation, error);
      return;
    }
    // A newer message came while this answer was on its way: it is nobody's answer any more.
    if (sequence !== conversation.sequence) return;
    conversation.controller = null;
    const another = conversation.answered !== asked || !alike(conversation.answer, answer);
    conversation.state = "ready";
    conversation.failure = null;
    conversation.at = Date.now();
    if (another) {
      conversation.answer = answer;
      conversation.answered = asked;
      conversation.told.clear();
    }
    this.tries = 0;
    this.reach(true);
    this.changed(conversation, another);
    this.retryOthers();
  }

  failed(conversation, error) {
    conversation.controller = null;
    if (error.name === "AbortError") return;
    conversation.state = "failed";
    conversation.failure = error;
    if (error.passing) {
      this.reach(false);
      this.plan();
    }
    this.changed(conversation);
  }

  plan() {
    if (this.timer !== null) return;
    const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries++;
    this.timer = setTimeout(() => this.retry(), wait);
  }

  /** Try again at once what could not be asked, the front one first. */
  retry() {
    clearTimeout(this.timer);
    this.timer = null;
    const failed = this.unreached();
    const first = failed.includes(this.front) ? this.front : failed[0];
    if (first) this.refresh(first, true);
  }

  retryOthers() {
    for (const conversation of this.unreached()) this.refresh(conversation, true);
  }

  /** Those whose question has met no server, and that are not being asked at this moment. */
  unreached() {
    return [...this.all.values()].filter((c) => c.state === "failed" && c.failure?.passing && c.controller === null);
  }
}

/** Whether two answers show the same; each has an id and times of its own. */
function alike(one, other) {
  if (one === null) return false;
  const shown = (answer) => JSON.stringify({ ...answer, id: "", took_ms: null });
  return shown(one) === shown(other);
}
