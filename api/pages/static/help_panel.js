/* The keys, shown on demand, and the few things an agent may set. */

import { el, refill } from "./element.js";
import { Panel } from "./panel.js";
import { say } from "./words.js";

const KEYS = [
  [["1", "…", "5"], "key_pick"],
  [["0"], "key_opening"],
  [["U"], "key_unified"],
  [["Enter"], "key_insert"],
  [["↑", "↓"], "key_move"],
  [["←", "→"], "key_fold"],
  [["C"], "copy"],
  [["E"], "edit"],
  [["Ctrl", "Enter"], "key_send_edit"],
  [["X"], "dismiss"],
  [["Z"], "undo"],
  [["R"], "report"],
  [["W"], "wrong"],
  [["O"], "outdated"],
  [["I"], "incomplete"],
  [["T"], "article"],
  [["A"], "insert_all"],
  [["Shift", "1 … 4"], "key_clarify"],
  [["/"], "search"],
  [[";"], "phrases"],
  [["H"], "calendar"],
  [["N"], "rises"],
  [["?"], "help"],
  [["Esc"], "key_escape"],
];

export class HelpPanel extends Panel {
  /** single: whether single keys act. switched(on), forget(): what the agent sets. hasKey: whether one is kept. */
  constructor({ single, switched, forget, hasKey, left }) {
    super("help", say("help"), left);
    const box = el("input", { type: "checkbox", checked: single, onchange: () => switched(box.checked) });
    refill(this.body,
      el("label", { class: "scope" }, box, say("help_switch")),
      el("dl", { class: "keys" }, KEYS.map(([keys, name]) => el("div", {},
        el("dt", {}, keys.map((key) => (key === "…" ? " … " : el("kbd", {}, key)))), el("dd", {}, say(name))))),
      el("p", { class: "settings" },
        el("a", { href: otherLanguage(), class: "link", lang: document.documentElement.lang.startsWith("en") ? "zh" : "en" }, say("help_language")),
        hasKey && el("button", { class: "link", type: "button", onclick: forget }, say("key_forget"))));
  }
}

function otherLanguage() {
  const address = new URL(location.href);
  address.searchParams.set("lang", document.documentElement.lang.startsWith("en") ? "zh" : "en");
  return `${address.pathname}${address.search}`;
}
