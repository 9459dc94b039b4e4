/* A slim line that tells what suddenly many customers ask; it opens the list. Each is said once to those who hear. */

import { el, free, icon, refill } from "./element.js";
import { say } from "./words.js";

export class RiseLine {
  /** element: where it stands. open(): shows the list. announce(text): to those who hear the page. */
  constructor(element, { open, announce }) {
    this.element = element;
    this.open = open;
    this.announce = announce;
    this.rises = [];
    this.told = new Set();
    /** What the agent has seen enough of. */
    this.hidden = new Set();
  }

  /** What many ask now. */
  show(rises) {
    this.rises = rises;
    for (const rise of rises.filter((one) => !this.told.has(one.gap))) {
      this.told.add(rise.gap);
      this.announce(say("rise_said", { count: rise.conversations, title: titled(rise) }));
    }
    this.draw();
  }

  draw() {
    const shown = this.rises.filter((rise) => !this.hidden.has(rise.gap));
    this.element.hidden = shown.length === 0;
    if (shown.length === 0) {
      refill(this.element);
      return;
    }
    const [first] = shown;
    // A new line under a moving finger would be another button: its text is changed alone.
    this.button ??= el("button", { class: "rise-open", type: "button", "aria-keyshortcuts": "N", onclick: () => this.open() });
    this.hide ??= el("button", { class: "tool", type: "button", "aria-label": say("rise_hide"), title: say("rise_hide"), onclick: () => this.hideAll() }, icon("close"));
    this.button.title = titled(first);
    refill(this.button, icon("many"), el("span", { class: "rise-text" },
      el("b", {}, say("rise_line", { count: first.conversations })), free("span", "", titled(first)),
      shown.length > 1 && say("rise_more", { count: shown.length - 1 })),
    first.unified && el("span", { class: "tag tag-unified" }, say("unified")));
    if (!this.button.isConnected) refill(this.element, this.button, this.hide);
  }

  hideAll() {
    for (const rise of this.rises) this.hidden.add(rise.gap);
    this.draw();
  }
}

/** What a rise is called: a customer's own words. */
export function titled(rise) {
  return rise.title || rise.examples[0] || say("rise_untitled");
}
