/* The page around this frame: what it may say, what it is told, and from which origins it is believed. */

import { ASK, fromChatwoot } from "./chatwoot.js";
import { uuid } from "./identity.js";

const AGAIN = 2000;
const SOON = [0, 250, 600, 1200];
const STAGES = new Set(["pre-sale", "in-sale", "after-sale"]);
const NAME = 200;

/** A host's message to the sidebar, read and cut to what the API takes; null where it is none of ours. */
export function readMessage(data) {
  if (typeof data !== "object" || data === null || data.kb !== 1 || typeof data.type !== "string") return null;
  const conversation = id(data.conversation?.id ?? data.conversation);
  if (data.type === "focus") return { type: "focus" };
  if (conversation === null) return null;
  if (data.type === "conversation") return { type: data.type, conversation, ...snapshot(data.conversation) };
  if (data.type === "message") return { type: data.type, conversation, message: turn(data.message) };
  if (data.type === "context") return { type: data.type, conversation, ...contextOf(data.context) };
  return data.type === "closed" ? { type: data.type, conversation } : null;
}

function id(value) {
  return (typeof value === "string" && value !== "") || typeof value === "number" ? String(value) : null;
}

function snapshot(conversation) {
  return {
    title: typeof conversation.title === "string" ? conversation.title : "",
    ...contextOf(conversation.context),
    messages: Array.isArray(conversation.messages) ? conversation.messages.map(turn).filter((m) => m !== null) : [],
  };
}

function turn(message) {
  if (typeof message?.text !== "string" || (message.role !== "customer" && message.role !== "agent")) return null;
  return { id: id(message.id), role: message.role, text: message.text };
}

/** `order_date` is the API's `as_of`; a value that it would refuse is left out. */
export function contextOf(given) {
  const context = {};
  for (const name of ["product", "channel"]) {
    const value = typeof given?.[name] === "string" ? given[name].trim() : "";
    if (value !== "" && value.length <= NAME) context[name] = value;
  }
  if (STAGES.has(given?.stage)) context.stage = given.stage;
  const date = given?.order_date;
  if (typeof date === "string" && /^\d{4}-\d\d-\d\d([T ].{1,30})?$/.test(date)) context.as_of = date;
  const slots = {};
  for (const [name, value] of Object.entries(given?.slots ?? {})) if (typeof value === "string") slots[name] = value;
  return { context, slots };
}

export class Host {
  /** allowed: origins beside our own. heard(message): called with what the host says, read. */
  constructor(allowed, heard) {
    this.allowed = new Set([location.origin, ...allowed]);
    this.heard = heard;
    this.framed = window.parent !== window;
    this.origin = this.framed ? parentOrigin() : null;
    /** How the host takes a reply: "kb" inserts it, "chatwoot" offers no way, "none" has not spoken. */
    this.kind = "none";
    this.onkind = () => {};
    if (!this.framed) return;
    window.addEventListener("message", (event) => this.receive(event));
    for (const happening of ["focus", "pageshow"]) window.addEventListener(happening, () => this.askChatwoot());
    document.addEventListener("visibilitychange", () => this.askChatwoot());
    setInterval(() => this.askChatwoot(), AGAIN);
  }

  get inserts() {
    return this.kind === "kb";
  }

  /** Tell the host that this page listens. */
  ready() {
    this.post({ kb: 1, type: "ready" });
    this.askChatwoot();
  }

  /** Hand a reply to the host's composer. */
  insert(conversation, text) {
    this.post({ kb: 1, type: "insert", conversation, text, request: uuid() });
  }

  /** Tell of what the agent did. */
  feedback(event) {
    if (this.kind === "kb") this.post({ kb: 1, type: "feedback", event });
  }

  /** Give the keyboard back to the host. */
  leave() {
    this.post({ kb: 1, type: "leave" });
  }

  /** A message is on its way: Chatwoot's own page may know of it a moment later than its server. */
  expect() {
    for (const wait of SOON) setTimeout(() => this.askChatwoot(), wait);
  }

  askChatwoot() {
    if (this.kind !== "kb" && document.visibilityState === "visible") this.post(ASK);
  }

  receive(event) {
    if (event.source !== window.parent || !this.allowed.has(event.origin)) return;
    const chatwoot = fromChatwoot(event.data);
    const message = chatwoot ? { type: "conversation", ...chatwoot, ...contextOf(chatwoot.context) } : readMessage(event.data);
    if (message === null) return;
    this.origin = event.origin;
    const kind = chatwoot ? "chatwoot" : "kb";
    if (kind !== this.kind) {
      this.kind = kind;
      this.onkind(kind);
    }
    this.heard(message);
  }

  post(message) {
    if (!this.framed || this.origin === null || !this.allowed.has(this.origin)) return;
    window.parent.postMessage(message, this.origin);
  }
}

/** Who frames this page, as the browser tells it. */
function parentOrigin() {
  const ancestor = location.ancestorOrigins?.[0];
  if (ancestor) return ancestor;
  try {
    return document.referrer === "" ? location.origin : new URL(document.referrer).origin;
  } catch {
    return location.origin;
  }
}
