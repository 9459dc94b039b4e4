/* What the server tells by itself: a stream while the page is seen; where there is none, a question now and then. */

const WAITS = [1000, 2000, 4000, 8000, 15_000, 30_000];
const SILENT = 40_000;
const LEAVE = 5000;
const POLL = 30_000;
// No stream is to be had: an older server, or too many of them.
const REFUSED = 120_000;

/** The events of a stream's text as far as they are whole: [[name, data]], and the rest. */
export function parse(text) {
  const blocks = text.replaceAll("\r\n", "\n").split("\n\n");
  const rest = blocks.pop();
  const found = [];
  for (const block of blocks) {
    let name = "message";
    const data = [];
    for (const line of block.split("\n")) {
      if (line.startsWith("event:")) name = line.slice(6).trim();
      else if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
    }
    if (data.length > 0) found.push([name, data.join("\n")]);
  }
  return [found, rest];
}

export class Events {
  /** server: the API. heard(name, data): called with each event. */
  constructor(server, heard) {
    this.server = server;
    this.heard = heard;
    this.conversation = "";
    this.controller = null;
    this.tries = 0;
    this.refused = 0;
    this.again = null;
    this.leaving = null;
    this.poll = null;
  }

  start() {
    document.addEventListener("visibilitychange", () => this.seen());
    window.addEventListener("online", () => this.connect());
    this.connect();
  }

  /** Be told of messages in this conversation ("": in none). */
  follow(conversation) {
    if (conversation === this.conversation) return;
    this.conversation = conversation;
    this.connect();
  }

  /** A hidden page needs no stream, and a browser keeps few connections open to one server. */
  seen() {
    clearTimeout(this.leaving);
    if (document.visibilityState === "hidden") this.leaving = setTimeout(() => this.stop(), LEAVE);
    else if (this.controller === null) this.connect();
  }

  stop() {
    clearTimeout(this.again);
    clearTimeout(this.poll);
    this.controller?.abort();
    this.controller = null;
  }

  /** Begin anew, whatever there was. */
  connect() {
    this.stop();
    if (document.visibilityState === "hidden" || this.server.key === "") return;
    if (Date.now() < this.refused) {
      void this.ask();
      return;
    }
    const controller = new AbortController();
    this.controller = controller;
    void this.read(controller);
  }

  async read(controller) {
    let wait;
    try {
      await this.stream(controller);
      wait = this.wait();
    } catch (error) {
      if (controller !== this.controller) return;
      // A key that is no good is asked for once somebody asks a question with it.
      if ([401, 403].includes(error.status)) return;
      if ([404, 405, 429, 503].includes(error.status)) this.refused = Date.now() + REFUSED;
      wait = this.wait();
    }
    if (controller !== this.controller) return;
    this.again = setTimeout(() => this.connect(), wait);
  }

  /** Longer each time, and not the same for all pages that lost the server in one moment. */
  wait() {
    const most = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries++;
    return most / 2 + (Math.random() * most) / 2;
  }

  async stream(controller) {
    const query = this.conversation === "" ? "" : `?${new URLSearchParams({ conversation: this.conversation })}`;
    let quiet = setTimeout(() => controller.abort(), SILENT);
    try {
      const reader = await this.server.stream(`v1/events${query}`, controller.signal);
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done || controller !== this.controller) return;
        clearTimeout(quiet);
        quiet = setTimeout(() => controller.abort(), SILENT);
        this.tries = 0;
        let found;
        [found, rest] = parse(rest + value);
        for (const [name, data] of found) this.take(name, data);
      }
    } finally {
      clearTimeout(quiet);
    }
  }

  take(name, data) {
    try {
      this.heard(name, JSON.parse(data));
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
    }
  }

  /** Without a stream: what many ask, asked for every half minute. */
  async ask() {
    const controller = new AbortController();
    this.controller = controller;
    try {
      const [rises, replies] = await Promise.all([
        this.server.call("GET", "v1/rises", { signal: controller.signal }),
        this.server.call("GET", "v1/unified-replies", { signal: controller.signal }),
      ]);
      if (controller === this.controller) this.heard("board", { rises, replies });
    } catch {
      // A server that knows of none, or that is gone: the next question finds out.
    }
    if (controller === this.controller) this.poll = setTimeout(() => this.connect(), POLL);
  }
}
