/* Which key means what. Single letters act only where nothing is being typed, and can be switched off. */

import { keep, kept } from "./storage.js";

const NAME = "kb-single-keys";
const LETTERS = {
  KeyC: "copy", KeyE: "edit", KeyX: "dismiss", KeyZ: "undo", KeyR: "report", KeyW: "wrong", KeyO: "outdated",
  KeyI: "incomplete", KeyT: "article", KeyA: "all", KeyH: "calendar", KeyN: "rises", KeyU: "unified",
};
// A Chinese keyboard gives its own marks for the same keys.
const MARKS = { "/": "search", "、": "search", "／": "search", ";": "phrases", "；": "phrases", "?": "help", "？": "help" };
const MOVES = { ArrowDown: "next", ArrowUp: "previous", ArrowRight: "unfold", ArrowLeft: "fold", Enter: "insert" };

/** Whether single keys act at all. */
export function singleKeys() {
  return kept("local", NAME) !== "off";
}

/** Switch them on or off. */
export function switchSingleKeys(on) {
  keep("local", NAME, on ? null : "off");
}

/** What a key means here: {name, number?}, or null. `Escape` always means something. */
export function meaning(event) {
  if (event.isComposing || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return null;
  if (event.key === "Escape") return { name: "escape" };
  const target = event.target;
  const writes = isWriting(target);
  if (writes) return event.key === "Enter" && target.matches("input.blank") ? { name: "insert" } : inSearch(event, target);
  // A button takes Enter for itself.
  if (event.key in MOVES) return event.key === "Enter" && takesEnter(target) ? null : { name: MOVES[event.key] };
  if (!singleKeys()) return null;
  const digit = /^(?:Digit|Numpad)([0-5])$/.exec(event.code);
  if (digit) return { name: event.shiftKey ? "option" : "pick", number: Number(digit[1]) };
  if (event.key in MARKS) return { name: MARKS[event.key] };
  return !event.shiftKey && event.code in LETTERS ? { name: LETTERS[event.code] } : null;
}

/** In a search field the arrows leave for the results, and Enter takes the chosen one. */
function inSearch(event, target) {
  if (!target.matches("input.search") || target.id === "key") return null;
  if (event.key === "ArrowDown") return { name: "next" };
  return event.key === "Enter" ? { name: "insert" } : null;
}

function isWriting(target) {
  return target.matches?.("input:not([type=checkbox]), textarea, select, [contenteditable]") ?? false;
}

function takesEnter(target) {
  return target.matches?.("button, a, summary, input") ?? false;
}
