/* Asking for the agent's key, and how to get one. */

import { el, refill } from "./element.js";
import { Panel } from "./panel.js";
import { say } from "./words.js";

export class KeyPanel extends Panel {
  /** wrong: whether there was a key, and the server did not know it. given(key): what was typed. */
  constructor({ wrong, given }) {
    super("key", say("key_title"), () => {});
    this.element.querySelector(".back").remove();
    this.input = el("input", { type: "password", id: "key", class: "search", autocomplete: "off", required: true, maxlength: 200, placeholder: "kb_…" });
    refill(this.body,
      wrong && el("p", { class: "warning", role: "alert" }, say("key_wrong")),
      el("p", { class: "quiet-note" }, say("key_text")),
      el("form", {
        class: "key-form",
        onsubmit: (event) => {
          event.preventDefault();
          if (this.input.value.trim() !== "") given(this.input.value.trim());
        },
      },
      el("label", { for: "key" }, say("key_label")), this.input,
      el("button", { class: "main", type: "submit" }, say("key_save"))));
  }

  focus() {
    this.input.focus();
  }
}
