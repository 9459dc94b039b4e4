/* A shop's chat desk, played: customers write by themselves, the sidebar beside it is the real one. */

import { accessKey } from "./access_key.js";
import { CUSTOMERS } from "./customers.js";
import { say } from "./demo_words.js";
import { el, free, refill } from "./element.js";
import { KbSidebar } from "../kb-sidebar.js";

const TYPING = 1200;
const LATE = 20;
const VERY_LATE = 30;
const STEPS = ["step_message", "step_answer", "step_insert", "step_send"];
const at = (id) => document.getElementById(id);
const english = document.documentElement.lang.startsWith("en");

class Talk {
  constructor(customer) {
    this.customer = customer;
    this.messages = [];
    this.left = [...customer.says];
    this.draft = "";
    this.unread = 0;
    /** When the customer began to wait, in milliseconds; null: the agent has answered. */
    this.since = null;
  }

  add(role, text) {
    const message = { id: `${this.customer.id}-${this.messages.length + 1}`, role, text };
    this.messages.push(message);
    if (role === "agent") this.since = null;
    else this.since ??= Date.now();
    return message;
  }
}

class Desk {
  constructor() {
    this.talks = CUSTOMERS.map((customer) => new Talk(customer));
    this.front = null;
    const settings = new URLSearchParams(location.search);
    this.sidebar = new KbSidebar(at("sidebar"), {
      key: accessKey() || undefined, lang: english ? "en" : "zh", theme: settings.get("theme") ?? undefined,
    });
    this.text = at("text");
  }

  start() {
    this.words();
    this.sidebar.addEventListener("insert", (event) => this.inserted(event.detail));
    this.sidebar.addEventListener("leave", () => this.text.focus());
    at("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    at("by-hand").addEventListener("submit", (event) => { event.preventDefault(); this.byHand(); });
    this.text.addEventListener("input", () => { this.front.draft = this.text.value; });
    this.text.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.send();
    });
    document.addEventListener("keydown", (event) => event.key === "F2" && this.sidebar.focus());
    this.open(this.talks[0]);
    for (const talk of this.talks) setTimeout(() => this.next(talk), talk.customer.after * 1000);
    setInterval(() => this.list(), 1000);
  }

  words() {
    const address = new URL(location.href);
    address.searchParams.set("lang", english ? "zh" : "en");
    at("language").href = `${address.pathname}${address.search}`;
    at("language").textContent = say("language");
    refill(at("steps"), STEPS.map((name) => el("li", {}, say(name))));
    at("hint").textContent = say("hint");
    this.text.placeholder = say("placeholder");
    at("composer").querySelector("button").textContent = say("send");
    at("by-hand").querySelector("label").textContent = say("by_hand");
    at("by-hand").querySelector("button").textContent = say("say_it");
    at("customer-text").placeholder = say("by_hand_placeholder");
  }

  step(number) {
    [...at("steps").children].forEach((item, n) => {
      item.classList.toggle("now", n === number);
      item.classList.toggle("past", n < number);
      if (n === number) item.setAttribute("aria-current", "step");
      else item.removeAttribute("aria-current");
    });
  }

  /** The customer's next lines, one after the other. */
  next(talk) {
    const lines = talk.left.shift() ?? [];
    lines.forEach((line, n) => setTimeout(() => this.heard(talk, line), n * TYPING));
  }

  heard(talk, text) {
    const message = talk.add("customer", text);
    if (talk === this.front) this.show();
    else talk.unread++;
    this.sidebar.receive(talk.customer.id, message);
    at("said").textContent = `${talk.customer.name}: ${text}`;
    if (talk === this.front) this.step(1);
    this.list();
  }

  byHand() {
    const field = at("customer-text");
    if (field.value.trim() === "") return;
    this.heard(this.front, field.value.trim());
    field.value = "";
  }

  open(talk) {
    this.front = talk;
    talk.unread = 0;
    const { id, name, context, channel, about } = talk.customer;
    this.sidebar.open({ id, title: name, context, messages: talk.messages });
    at("name").textContent = name;
    refill(at("order"), el("span", { class: `channel ${channel}` }, say(channel)), about[english ? 1 : 0]);
    this.text.value = talk.draft;
    this.show();
    this.list();
    this.step(talk.since === null ? 0 : 1);
  }

  inserted({ conversation, text }) {
    const talk = this.talks.find((one) => one.customer.id === conversation);
    if (!talk) return;
    talk.draft = talk.draft.trim() === "" ? text : `${talk.draft.trimEnd()}\n${text}`;
    if (talk !== this.front) return;
    this.text.value = talk.draft;
    this.text.focus();
    this.step(3);
  }

  send() {
    const talk = this.front;
    const text = talk.draft.trim();
    if (text === "") return;
    this.sidebar.receive(talk.customer.id, talk.add("agent", text));
    talk.draft = "";
    this.text.value = "";
    this.show();
    setTimeout(() => this.next(talk), 2 * TYPING);
    const longest = this.talks.filter((one) => one.since !== null).sort((a, b) => a.since - b.since)[0];
    if (longest) this.open(longest);
    else this.list();
    this.text.focus();
  }

  show() {
    refill(at("talk"), this.front.messages.map((message) => el("li", { class: `by-${message.role}` },
      el("span", { class: "unseen" }, message.role === "agent" ? say("you") : this.front.customer.name), free("p", "", message.text))));
    at("talk").scrollTop = at("talk").scrollHeight;
  }

  list() {
    const held = document.activeElement?.dataset?.talk;
    refill(at("customers"), this.talks.filter((talk) => talk.messages.length > 0 || talk === this.front).map((talk) => this.line(talk)));
    if (held) at("customers").querySelector(`[data-talk="${held}"]`)?.focus({ preventScroll: true });
  }

  line(talk) {
    const seconds = talk.since === null ? 0 : Math.floor((Date.now() - talk.since) / 1000);
    const shade = seconds >= VERY_LATE ? "very-late" : seconds >= LATE ? "late" : "";
    const state = talk.since !== null ? say("waiting", { seconds }) : say(talk.left.length > 0 || talk.messages.length === 0 ? "answered" : "done");
    return el("li", {}, el("button", {
      type: "button", class: "customer", "data-talk": talk.customer.id, "aria-current": talk === this.front ? "true" : null, onclick: () => this.open(talk),
    },
    el("span", { class: `face ${talk.customer.channel}`, "aria-hidden": "true" }, Array.from(talk.customer.name)[0]),
    el("span", { class: "customer-text" },
      free("b", "", talk.customer.name),
      free("span", "last", talk.messages.at(-1)?.text ?? "")),
    el("span", { class: "customer-state" },
      talk.messages.length > 0 && el("span", { class: `clock ${shade}` }, state),
      talk.unread > 0 && el("span", { class: "unread", "aria-label": say("unread", { count: talk.unread }) }, String(talk.unread)))));
  }
}

new Desk().start();
