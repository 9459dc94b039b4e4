/* What is wrong with a suggestion: three buttons. */

import { el } from "./element.js";
import { say } from "./words.js";

const KEYS = { wrong: "W", outdated: "O", incomplete: "I" };

export class Report {
  /** chosen(reason), left(): what was pressed. */
  constructor({ chosen, left }) {
    this.buttons = Object.entries(KEYS).map(([reason, key]) =>
      el("button", { type: "button", class: "choice", "aria-keyshortcuts": key, onclick: () => chosen(reason) },
        say(reason), el("kbd", { "aria-hidden": "true" }, key)));
    const leave = (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      event.stopPropagation();
      left();
    };
    this.element = el("div", { class: "report", role: "group", "aria-label": say("report"), onkeydown: leave },
      this.buttons, el("button", { class: "quiet", type: "button", onclick: left }, say("cancel")));
  }

  /** Put the keyboard on the first. */
  focus() {
    this.buttons[0].focus();
  }
}
