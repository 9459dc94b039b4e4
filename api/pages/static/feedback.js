/* What the agent did with each suggestion. Events wait in the browser until the server has them. */

import { uuid } from "./identity.js";
import { keep, kept, names } from "./storage.js";

const PREFIX = "kb-feedback:";
const SOON = 1500;
const AGAIN = 15_000;
const ABSENT = 600_000;
const BATCH = 50;
const MOST = 1000;

export class Feedback {
  /** server: the API. told(event): called with each event, for the host. */
  constructor(server, told = () => {}) {
    this.server = server;
    this.told = told;
    this.timer = null;
    this.busy = false;
    this.onleave = () => document.visibilityState === "hidden" && void this.flush(true);
    document.addEventListener("visibilitychange", this.onleave);
    if (this.waiting().length > 0) this.plan(SOON);
  }

  /** Note one event; its id makes sending it twice harmless. Returns the id. */
  note(kind, details) {
    const event = { id: uuid(), kind, at: new Date().toISOString(), ...details };
    for (const name of Object.keys(event)) if (event[name] === undefined || event[name] === null) delete event[name];
    keep("local", PREFIX + event.id, JSON.stringify(event));
    this.told(event);
    this.plan(SOON);
    return event.id;
  }

  /** Take an event back that has not gone out yet. Whether it could be. */
  retract(id) {
    const there = kept("local", PREFIX + id) !== null;
    keep("local", PREFIX + id, null);
    return there;
  }

  waiting() {
    return names("local", PREFIX);
  }

  plan(wait) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.flush(), wait);
  }

  /** Send what waits. keepalive: the page is being left. */
  async flush(keepalive = false) {
    if (this.busy) return;
    const waiting = this.waiting();
    for (const name of waiting.slice(MOST)) keep("local", name, null);
    const batch = waiting.slice(0, BATCH);
    if (batch.length === 0) return;
    this.busy = true;
    const wait = await this.send(batch, keepalive);
    this.busy = false;
    if (wait !== null) this.plan(wait);
  }

  /** After how long to try again; null: nothing is left. */
  async send(batch, keepalive) {
    const events = batch.map(read).filter((event) => event !== null);
    try {
      if (events.length > 0) await this.server.call("POST", "v1/feedback", { body: { events }, keepalive });
    } catch (error) {
      if (error.status === 404) return ABSENT;
      if (error.passing || error.status === 401 || error.status === 403) return AGAIN;
      // One of them is refused for what it is: without it the others go on their way.
      if (batch.length > 1) {
        for (const name of batch) await this.send([name], false);
        return SOON;
      }
    }
    for (const name of batch) keep("local", name, null);
    return this.waiting().length > 0 ? SOON : null;
  }
}

function read(name) {
  try {
    return JSON.parse(kept("local", name));
  } catch {
    return null;
  }
}
