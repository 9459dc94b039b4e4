/* What starts and what ends within 48 hours. */

import { el, free, refill } from "./element.js";
import { Panel } from "./panel.js";
import { end, say } from "./words.js";

export class CalendarPanel extends Panel {
  /** calendar: a promise of the API's entries. openArticle(source, from): shows one. */
  constructor({ calendar, openArticle, left }) {
    super("calendar", say("calendar"), left);
    this.openArticle = openArticle;
    refill(this.body, el("p", { class: "quiet-note" }, "…"));
    void this.load(calendar);
  }

  async load(calendar) {
    try {
      this.show(entriesOf(await calendar));
    } catch (error) {
      this.say(error.status === 404 ? "calendar_absent" : "calendar_failed");
    }
  }

  say(name) {
    refill(this.body, el("p", { class: "quiet-note", role: "status" }, say(name)));
  }

  show(entries) {
    if (entries.length === 0) {
      this.say("calendar_none");
      return;
    }
    const titles = new Map(entries.map((entry) => [entry.article, entry.title]));
    refill(this.body, el("ul", { class: "happenings" }, entries.map((entry) => el("li", {},
      el("button", { type: "button", class: "happening", onclick: (event) => this.openArticle(sourceOf(entry), event.currentTarget) },
        el("span", { class: `when ${entry.what}` },
          el("time", { datetime: entry.at }, entry.what === "ends" ? end(entry.at, entry.at) : `${entry.at.slice(5, 10)} ${entry.at.slice(11, 16)}`),
          el("b", {}, say(entry.what === "starts" ? "starts_at" : "ends_at"))),
        free("span", "headline", entry.title),
        entry.superseded_by && free("small", "", say("replaced_by", { title: titles.get(entry.superseded_by) ?? entry.superseded_by })))))));
  }
}

function entriesOf(read) {
  const entries = Array.isArray(read) ? read : (read?.entries ?? []);
  return entries.filter((entry) => typeof entry?.at === "string" && typeof entry.title === "string");
}

function sourceOf(entry) {
  return { article: entry.article, title: entry.title, headings: [], lines: [0, 0] };
}
