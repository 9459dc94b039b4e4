/* What a card offers, whatever it came from: a suggestion, an opening phrase, something to come, a phrase. */

import { uuid } from "./identity.js";
import { blanksOf } from "./reply.js";
import { say } from "./words.js";

/** A suggestion of an answer. manner: "answer", "nearest", "upcoming" or "search". asks: the words that were asked. */
export function ofSuggestion(suggestion, answer, manner, asks) {
  return {
    manner,
    careful: manner === "nearest" || manner === "upcoming" ? manner : "",
    rank: suggestion.rank,
    reply: suggestion.reply || suggestion.snippet.text,
    replyKind: suggestion.reply_kind,
    sendable: suggestion.sendable,
    blanks: suggestion.blanks ?? [],
    snippet: suggestion.snippet,
    source: suggestion.source,
    period: suggestion.period,
    bought: decidedByOrder(suggestion.period, answer),
    confidence: suggestion.confidence,
    answers: suggestion.answers?.text ?? null,
    question: answer.id,
    asks,
    generation: answer.generation,
  };
}

/** Whether the date of an order chose the rule: what follows the clock (promotions, say) does not ask for it. */
function decidedByOrder(period, answer) {
  const { as_of } = answer.understood ?? {};
  return Boolean(period && as_of) && Date.parse(as_of) === Date.parse(period.as_of);
}

/** The one reply for everybody who asks this. answer: what it came with, or null where it stands by itself. */
export function ofUnified(unified, answer = null, asks = "") {
  return {
    manner: "unified",
    unified,
    careful: "",
    rank: null,
    reply: unified.reply,
    replyKind: "approved",
    sendable: true,
    blanks: blanksOf(unified.reply),
    snippet: null,
    // No article has such a name; it is what the events of this reply are told by.
    source: { article: `unified:${unified.number}`, title: say("unified"), headings: [], owner: unified.author, audience: "customer" },
    period: null,
    confidence: null,
    answers: null,
    question: answer?.id ?? uuid(),
    asks,
    generation: answer?.generation ?? null,
  };
}

/** The approved wording to open with. */
export function ofOpening(aid, answer, asks) {
  return {
    manner: "opening",
    careful: "",
    rank: null,
    reply: aid.text,
    replyKind: aid.kind,
    sendable: aid.kind !== "advice",
    blanks: aid.kind === "approved" ? blanksOf(aid.text) : [],
    snippet: null,
    source: aid.source,
    period: null,
    confidence: null,
    answers: null,
    question: answer.id,
    asks,
    generation: answer.generation,
  };
}

/** Approved wording from the list of phrases. */
export function ofPhrase(phrase, place, generation) {
  return {
    manner: "phrase",
    careful: "",
    rank: place,
    reply: phrase.text,
    replyKind: "approved",
    sendable: true,
    blanks: phrase.blanks,
    snippet: null,
    source: phrase.source,
    period: null,
    confidence: null,
    answers: null,
    question: uuid(),
    asks: "",
    generation,
  };
}

/**
 * What a card is called: the article's name before its colon, without what stands in brackets, and the heading nearest
 * to the passage, since "期限" alone says of nothing what it is; one of them where it holds the other.
 */
export function headline(offer) {
  const { article, title, headings, kind } = offer.source;
  const heading = headings[headings.length - 1];
  if (!heading) return title || article;
  const parts = title.replace(/[（(][^（()）]*[)）]/g, "").split(/[：:]/);
  // What phrases are called before the colon is what they all are: "话术：请稍等".
  const name = (kind === "phrase" ? parts.pop() : parts[0]).trim();
  if (!name || heading.includes(name)) return heading;
  return name.includes(heading) ? name : `${name} · ${heading}`;
}

/** The confidence in a word. */
export function sureness(confidence) {
  if (confidence >= 0.85) return "sure_high";
  return confidence >= 0.7 ? "sure_middle" : "sure_low";
}

/** Whom a report goes to. */
export function thanks(offer) {
  return offer.source.owner ? say("reported", { owner: offer.source.owner }) : say("reported_nobody");
}
