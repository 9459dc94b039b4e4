/** The sidebar in a page of your own; `kb-sidebar.js` says how. */

export interface Message {
  /** A message of an id that is known already is not taken twice. */
  id?: string | number;
  role: "customer" | "agent";
  text: string;
}

export interface Context {
  /** Code or name of the product that the talk is about. */
  product?: string;
  /** Where the customer writes: taobao, jd, douyin, … */
  channel?: string;
  stage?: "pre-sale" | "in-sale" | "after-sale";
  /** ISO 8601, a date or a time with its offset: the rules of that day apply. */
  order_date?: string;
  /** What fills the blanks of approved wording, by name. It stays in the browser. */
  slots?: Record<string, string>;
}

export interface Conversation {
  id: string | number;
  /** Shown above the answer, for the agent's eye. */
  title?: string;
  context?: Context;
  /** All that is known, oldest first; takes the place of what was known. */
  messages?: Message[];
}

export interface Options {
  /** The server's address; by default where `kb-sidebar.js` came from. */
  address?: string;
  /** The agent's key; it travels in the fragment, which no server and no log sees. */
  key?: string;
  lang?: "zh" | "en";
  theme?: "light" | "dark";
  /** The frame's accessible name. */
  title?: string;
}

/** What the agent did with one suggestion, as `POST /v1/feedback` takes it. */
export interface FeedbackEvent {
  id: string;
  kind: "shown" | "inserted" | "copied" | "edited" | "dismissed" | "reported" | "no-answer" | "searched" | "clarified";
  at: string;
  conversation: string;
  /** The answer's `id`. */
  question_id: string;
  rank?: number;
  article?: string;
  revision?: number;
  generation?: string;
  /** Characters changed before sending. */
  distance?: number;
  reason?: "wrong" | "outdated" | "incomplete";
  /** What was asked. */
  text?: string;
  product?: string;
  channel?: string;
}

export interface Events {
  ready: CustomEvent<null>;
  insert: CustomEvent<{ conversation: string; text: string; request: string }>;
  feedback: CustomEvent<{ event: FeedbackEvent }>;
  leave: CustomEvent<Record<string, never>>;
}

export class KbSidebar extends EventTarget {
  constructor(place: HTMLElement, options?: Options);
  readonly frame: HTMLIFrameElement;
  open(conversation: Conversation): void;
  receive(conversation: string | number, message: Message): void;
  setContext(conversation: string | number, context: Context): void;
  close(conversation: string | number): void;
  focus(): void;
  destroy(): void;
  addEventListener<K extends keyof Events>(type: K, listener: (event: Events[K]) => void): void;
}
