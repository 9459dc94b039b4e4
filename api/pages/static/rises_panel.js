/* What suddenly many ask, with the one reply for all of them, which owners write and lift here. */

import { Card } from "./card.js";
import { el, free, refill } from "./element.js";
import { ofUnified } from "./offer.js";
import { Panel } from "./panel.js";
import { titled } from "./rise_line.js";
import { say } from "./words.js";

const WRITERS = new Set(["owner", "admin"]);
const LONGEST = 2000;
const SURE_AGAIN = 4000;
const HOUR = 3_600_000;
/** What an owner has begun to write, by gap: it outlives the panel. */
const drafts = new Map();

export class RisesPanel extends Panel {
  /** server, desk: as everywhere. */
  constructor({ server, desk, left }) {
    super("rises", say("rises"), left);
    this.server = server;
    this.desk = desk;
    this.found = [];
    this.controller = new AbortController();
    refill(this.body, el("p", { class: "quiet-note" }, "…"));
    void this.load();
  }

  get cards() {
    return this.found;
  }

  leave() {
    this.controller.abort();
  }

  async load() {
    const { signal } = this.controller;
    try {
      const [rises, replies, who] = await Promise.all(
        ["v1/rises", "v1/unified-replies", "v1/key"].map((path) => this.server.call("GET", path, { signal })));
      this.show(rises, replies, WRITERS.has(who.role));
    } catch (error) {
      if (error.name !== "AbortError") this.say(error.status === 404 ? "rises_absent" : "calendar_failed");
    }
  }

  say(name) {
    refill(this.body, el("p", { class: "quiet-note", role: "status" }, say(name)));
  }

  show(rises, replies, writes) {
    this.found = [];
    const others = replies.filter((reply) => !rises.some((rise) => rise.gap === reply.gap));
    refill(this.body,
      rises.length === 0 && el("p", { class: "quiet-note", role: "status" }, say("rises_none")),
      rises.map((rise) => this.rise(rise, writes)),
      others.length > 0 && el("section", { class: "risen" }, el("h2", {}, say("rise_replies")), others.map((reply) => this.reply(reply, writes))));
  }

  rise(rise, writes) {
    return el("section", { class: "risen" },
      el("h2", {}, free("span", "", titled(rise))),
      el("p", { class: "facts" }, say(rise.usual < 0.5 ? "rise_rare" : "rise_fact", { count: rise.conversations, usual: Math.round(rise.usual) }),
        rise.owner && free("span", "owner", say("owner", { owner: rise.owner }))),
      el("ul", { class: "examples" }, rise.examples.filter((text) => text !== titled(rise)).map((text) => el("li", {}, free("q", "", text)))),
      rise.unified && this.reply(rise.unified, writes),
      writes && (rise.unified ? el("details", {}, el("summary", {}, say("unify_another")), this.form(rise)) : this.form(rise)),
      !writes && !rise.unified && el("p", { class: "quiet-note" }, say("rise_no_reply")));
  }

  reply(unified, writes) {
    const card = new Card(ofUnified(unified), this.desk, { number: this.found.length < 5 ? this.found.length + 1 : null, open: true, best: true });
    this.found.push(card);
    return [el("ul", { class: "cards" }, card.element), writes && this.lifter(unified)];
  }

  lifter(unified) {
    let calm = null;
    const button = el("button", {
      class: "quiet lift", type: "button",
      onclick: () => {
        if (calm !== null) {
          void this.send(`v1/unified-replies/${unified.number}/lift`, undefined, "lifted");
          return;
        }
        button.textContent = say("surely_lift");
        calm = setTimeout(() => {
          calm = null;
          button.textContent = say("lift");
        }, SURE_AGAIN);
      },
    }, say("lift"));
    return button;
  }

  form(rise) {
    const id = `unify-${rise.gap}`;
    const text = el("textarea", {
      id, class: "edit", rows: 3, maxlength: LONGEST, dir: "auto", required: true,
      oninput: () => drafts.set(rise.gap, text.value),
      onkeydown: (event) => {
        if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
          event.preventDefault();
          form.requestSubmit();
        }
      },
    });
    text.value = drafts.get(rise.gap) ?? "";
    const until = el("select", { id: `${id}-until` },
      [["", say("unify_lifted")], ["2", say("unify_hours", { count: 2 })], ["today", say("unify_today")], ["24", say("unify_hours", { count: 24 })]]
        .map(([value, said]) => el("option", { value }, said)));
    const form = el("form", {
      class: "unify",
      onsubmit: (event) => {
        event.preventDefault();
        if (text.value.trim() === "") return;
        const body = { gap: rise.gap, reply: text.value.trim(), until: ending(until.value) };
        void this.send("v1/unified-replies", body, "unified_made").then((done) => done && drafts.delete(rise.gap));
      },
    },
    el("label", { for: id }, say("unify_label")), text,
    el("p", { class: "unify-foot" }, el("label", { for: `${id}-until` }, say("unify_until")), until,
      el("button", { class: "main", type: "submit" }, el("span", {}, say("unify")), el("kbd", { "aria-hidden": "true" }, "Ctrl ↵"))));
    return form;
  }

  /** Whether the server did it; the list is read again. */
  async send(path, body, done) {
    try {
      await this.server.call("POST", path, { body });
    } catch (error) {
      this.desk.toast(say("not_done", { why: error.message }));
      return false;
    }
    this.desk.toast(say(done));
    await this.load();
    return true;
  }
}

function ending(chosen) {
  if (chosen === "") return null;
  if (chosen !== "today") return new Date(Date.now() + Number(chosen) * HOUR).toISOString();
  const midnight = new Date();
  midnight.setHours(24, 0, 0, 0);
  return midnight.toISOString();
}
