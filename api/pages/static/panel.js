/* What lies over the answer for a while: an article, the search, the phrases, the calendar, the keys. */

import { el, icon } from "./element.js";
import { say } from "./words.js";

export class Panel {
  /** left(): called when the agent goes back. */
  constructor(name, title, left) {
    this.name = name;
    this.body = el("div", { class: "panel-body" });
    this.heading = el("h1", { tabindex: "-1" }, title);
    this.element = el("section", { class: `panel panel-${name}`, "aria-label": title },
      el("header", { class: "panel-head" },
        el("button", { class: "tool back", type: "button", "aria-label": say("close"), title: `${say("close")} (Esc)`, onclick: left }, icon("back")),
        this.heading),
      this.body);
  }

  /** The cards on it that the keys move among. */
  get cards() {
    return [];
  }

  /** Put the keyboard where one begins. */
  focus() {
    this.heading.focus({ preventScroll: true });
  }

  /** It is being taken away. */
  leave() {}
}
