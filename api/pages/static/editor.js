/* A reply in a field, to be changed before it goes out. */

import { el } from "./element.js";
import { say } from "./words.js";

export class Editor {
  /** inserts: whether the host takes the text. typed, left, sent: called with the text, or when it is left. */
  constructor(text, inserts, { typed, left, sent }) {
    this.sent = sent;
    this.warned = new Set();
    this.area = el("textarea", {
      class: "edit", "aria-label": say("edit_label"), rows: Math.min(10, Math.max(4, Math.ceil(text.length / 22))), dir: "auto",
      oninput: () => typed(this.area.value),
      onkeydown: (event) => this.key(event, left),
    });
    this.area.value = text;
    this.button = el("button", { class: "main", type: "button", onclick: () => this.send() },
      el("span", {}, say(inserts ? "insert_edited" : "copy_edited")), el("kbd", { "aria-hidden": "true" }, "Ctrl ↵"));
    this.element = el("div", { class: "editor" }, this.area,
      el("div", { class: "actions" }, this.button,
        el("button", { class: "quiet", type: "button", onclick: left }, say("cancel"))));
  }

  get text() {
    return this.area.value;
  }

  key(event, left) {
    if (event.isComposing) return;
    if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      left();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.stopPropagation();
      this.send();
    }
  }

  /** Hand the text on, unless it is empty. */
  send() {
    if (this.text.trim() !== "") this.sent(this.text);
  }

  /** Whether this warning has been seen; shows it where not. */
  twice(warning = "surely_blank") {
    if (this.warned.has(warning)) return true;
    this.warned.add(warning);
    this.button.classList.add("sure");
    this.button.firstChild.textContent = say(warning);
    return false;
  }

  /** Put the caret at the end of the text. */
  focus() {
    this.area.focus();
    this.area.setSelectionRange(this.text.length, this.text.length);
  }
}
