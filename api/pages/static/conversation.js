/* One conversation with a customer: what was said, what is known, and the answer that belongs to it. */

const QUESTION = 2000;
const TURN = 1000;
const TALK = 12000;
const TURNS = 30;
export const LIMIT = 5;

/** A text that any server can read: no half of a surrogate pair, at most so many characters. */
function readable(text, most) {
  const whole = text.toWellFormed ? text.toWellFormed() : text.replace(/[\ud800-\udfff]/gu, "\ufffd");
  return whole.length <= most ? whole : Array.from(whole).slice(0, most).join("");
}

export class Conversation {
  constructor(id) {
    this.id = id;
    this.title = "";
    this.context = {};
    this.slots = {};
    this.messages = [];
    /** The agent's choice of a question back: {label, question, product, channel}, for the message it was made at. */
    this.choice = null;
    /** The answer as the API gave it; `answered` is the request it answers, `at` when it came. */
    this.answer = null;
    this.answered = "";
    this.at = null;
    this.asked = "";
    this.sequence = 0;
    this.controller = null;
    this.state = "idle";
    this.failure = null;
    /** What the agent has typed: blanks by name, edited replies by place. They outlive a change of conversation. */
    this.blanks = new Map();
    this.drafts = new Map();
    this.dismissed = new Set();
    this.told = new Set();
    this.closed = false;
  }

  /** The customer's last message, or null. */
  get last() {
    for (let n = this.messages.length - 1; n >= 0; n--) {
      if (this.messages[n].role === "customer" && this.messages[n].text.trim() !== "") return n;
    }
    return null;
  }

  /** What the suggestions are about. */
  get question() {
    return this.last === null ? "" : this.messages[this.last].text;
  }

  /** The words that are asked: the message's, or those of the option that was chosen. */
  get asks() {
    return readable((this.choice?.question ?? this.question).trim(), QUESTION);
  }

  /** Whether the message is longer than what may be asked. */
  get shortened() {
    return Array.from(this.question.trim()).length > QUESTION;
  }

  /** Whether the answer that is kept is that of the last message. */
  get fresh() {
    return this.answer !== null && this.answered === this.asked;
  }

  /** What `POST /v1/suggestions` is sent, or null where the customer has said nothing yet. */
  request() {
    const last = this.last;
    if (last === null) return null;
    const context = { ...this.context };
    if (this.choice?.product) context.product = this.choice.product;
    if (this.choice?.channel) context.channel = this.choice.channel;
    return { question: this.asks, history: this.history(last), context, limit: LIMIT };
  }

  history(before) {
    const turns = [];
    let left = TALK;
    for (let n = before - 1; n >= 0 && turns.length < TURNS; n--) {
      const text = readable(this.messages[n].text, TURN);
      if (text.trim() === "") continue;
      left -= text.length;
      if (left < 0) break;
      turns.unshift({ role: this.messages[n].role, text });
    }
    return turns;
  }

  /** Take over what the host knows. Whether the customer's last message is another now. */
  apply({ title, context, slots, messages }) {
    const before = `${this.messages.length}\n${this.question}`;
    const lastId = this.last === null ? null : this.messages[this.last].id;
    if (title !== undefined) this.title = title;
    if (context !== undefined) this.context = context;
    if (slots !== undefined) this.slots = slots;
    if (messages !== undefined) this.messages = messages;
    const nowId = this.last === null ? null : this.messages[this.last].id;
    const changed = lastId !== nowId || (nowId === null && before !== `${this.messages.length}\n${this.question}`);
    if (changed) this.forgetTyping();
    return changed;
  }

  /** One more message. */
  receive(message) {
    if (message.id !== null && this.messages.some((known) => known.id === message.id)) return false;
    this.messages.push(message);
    if (message.role !== "customer") return false;
    this.forgetTyping();
    return true;
  }

  /** A new message of the customer: choices, edits and dismissals were about the one before. */
  forgetTyping() {
    this.choice = null;
    this.dismissed.clear();
  }
}
