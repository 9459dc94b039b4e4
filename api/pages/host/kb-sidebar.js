/**
 * The sidebar in a page of your own: this file puts `GET /sidebar` into a frame and speaks with it by `postMessage`.
 *
 *     import { KbSidebar } from "https://kb.example/kb-sidebar.js";
 *     const sidebar = new KbSidebar(document.querySelector("#beside-the-chat"), { key: "kb_…" });
 *     sidebar.addEventListener("insert", (event) => { composer.value = event.detail.text; });
 *     sidebar.open({ id: "c1", context: { product: "QY-W10", channel: "taobao" }, messages: [] });
 *     sidebar.receive("c1", { id: "m1", role: "customer", text: "这个能洗羽绒服不" });
 *
 * Your origin has to stand in the server's `KB_FRAME_ORIGINS`. Types: `kb-sidebar.d.ts` beside this file.
 * Without this file: post and read the same objects, each with `kb: 1` and a `type`, as below.
 *
 * | to the sidebar | its fields |
 * |---|---|
 * | `conversation` | `conversation: {id, title?, context?, messages?}`: brought to the front, with all that is known |
 * | `message` | `conversation: id`, `message: {id?, role: "customer" or "agent", text}` |
 * | `context` | `conversation: id`, `context: {product?, channel?, stage?, order_date?, slots?}` |
 * | `closed` | `conversation: id` |
 * | `focus` | – |
 *
 * | from the sidebar | its fields |
 * |---|---|
 * | `ready` | it listens now |
 * | `insert` | `conversation: id`, `text`, `request`: an id of its own |
 * | `feedback` | `event`: what the agent did, as sent to `POST /v1/feedback` |
 * | `leave` | the agent pressed Esc and wants the keyboard back in the chat |
 *
 * @module
 */

/** @typedef {{id?: string | number, role: "customer" | "agent", text: string}} Message */
/** @typedef {{product?: string, channel?: string, stage?: "pre-sale" | "in-sale" | "after-sale", order_date?: string, slots?: Record<string, string>}} Context */
/** @typedef {{id: string | number, title?: string, context?: Context, messages?: Message[]}} Conversation */

const OURS = new URL(import.meta.url);
const TOLD = new Set(["insert", "feedback", "leave"]);

/**
 * Fires `ready`, `insert` ({conversation, text, request}), `feedback` ({event}) and `leave`, each with a `detail`.
 * What is said before the frame listens is kept until it does.
 */
export class KbSidebar extends EventTarget {
  /**
   * @param {HTMLElement} place An element to fill, or an `<iframe>` to use.
   * @param {{address?: string, key?: string, lang?: "zh" | "en", theme?: "light" | "dark", title?: string}} [options]
   *   address: of the server; by default where this file came from. key: the agent's, handed over in the fragment.
   */
  constructor(place, { address, key, lang, theme, title } = {}) {
    super();
    const page = new URL("sidebar", address ?? OURS);
    if (lang) page.searchParams.set("lang", lang);
    if (theme) page.searchParams.set("theme", theme);
    if (key) page.hash = new URLSearchParams({ key }).toString();
    this.origin = page.origin;
    this.listens = false;
    /** @type {object[]} */
    this.waiting = [];
    this.frame = place instanceof HTMLIFrameElement ? place : document.createElement("iframe");
    this.frame.title = title ?? (lang === "en" ? "Reply suggestions" : "回复建议");
    this.frame.allow = `clipboard-write ${page.origin}`;
    this.hear = (/** @type {MessageEvent} */ event) => this.receiveFrom(event);
    window.addEventListener("message", this.hear);
    this.frame.src = page.href;
    if (this.frame !== place) place.replaceChildren(this.frame);
  }

  /** Bring a conversation to the front. @param {Conversation} conversation */
  open(conversation) {
    this.post({ type: "conversation", conversation });
  }

  /** A message came or went. @param {string | number} conversation @param {Message} message */
  receive(conversation, message) {
    this.post({ type: "message", conversation, message });
  }

  /** Something is known about the order. @param {string | number} conversation @param {Context} context */
  setContext(conversation, context) {
    this.post({ type: "context", conversation, context });
  }

  /** The conversation is over. @param {string | number} conversation */
  close(conversation) {
    this.post({ type: "closed", conversation });
  }

  /** Give the sidebar the keyboard. */
  focus() {
    this.frame.focus();
    this.post({ type: "focus" });
  }

  /** Take the frame and the listener away. */
  destroy() {
    window.removeEventListener("message", this.hear);
    this.frame.remove();
  }

  /** @param {object} message */
  post(message) {
    if (!this.listens) this.waiting.push(message);
    else this.frame.contentWindow?.postMessage({ kb: 1, ...message }, this.origin);
  }

  /** @param {MessageEvent} event */
  receiveFrom(event) {
    if (event.source !== this.frame.contentWindow || event.origin !== this.origin || event.data?.kb !== 1) return;
    const { kb: _, type, ...detail } = event.data;
    if (type === "ready") {
      this.listens = true;
      for (const message of this.waiting.splice(0)) this.post(message);
      this.dispatchEvent(new CustomEvent("ready"));
    } else if (TOLD.has(type)) this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
