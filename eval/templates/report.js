"use strict";
/* The report's list of failed questions, its filters and its two switches. Every text goes in as text. */
(() => {
  const { cards, words } = JSON.parse(document.getElementById("data").textContent);
  const root = document.documentElement;
  const at = (id) => document.getElementById(id);
  const STEP = 20;
  const state = { kind: "", slice: "", text: "", sort: "sure", shown: STEP };

  const remembered = (name) => { try { return localStorage.getItem("kb-report-" + name); } catch { return null; } };
  const remember = (name, value) => { try { localStorage.setItem("kb-report-" + name, value); } catch { /* none kept */ } };
  const say = (key) => { const pair = words[key]; return pair ? pair[root.lang === "en" ? 1 : 0] : key; };

  /* el("p", "class", child, …): a child is a node, a text, or nothing. */
  const el = (tag, name, ...children) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    for (const child of children.flat()) if (child !== null && child !== undefined && child !== false) made.append(child);
    return made;
  };
  const free = (name, text) => { const made = el("div", "text " + name, text); made.dir = "auto"; return made; };
  const percent = (share) => (100 * share).toFixed(0) + "%";

  function sideOf(shown, title, name, strings, more = "") {
    const quote = el("div", "text", shown.snippet.map(([text, high]) => (high ? el("mark", "", text) : text)));
    quote.dir = "auto";
    return el("div", "side " + name,
      el("h4", "", `${title} · ${say("confidence_axis")} ${percent(shown.confidence)}${more}`),
      el("div", "name", el("bdi", "", shown.title)),
      el("div", "small muted", el("code", "", shown.article), " ", el("bdi", "", shown.headings.join(" › ")),
        ` · ${say("line")} ${shown.lines[0]}–${shown.lines[1]} · ${shown.kind}`),
      shown.reply && el("div", "quote", el("div", "small muted", `${say("reply")} · ${shown.reply_kind}`), free("", shown.reply)),
      el("div", "quote", el("div", "small muted", shown.reply ? say("snippet") : `${say("reply")} = ${say("snippet")} · ${shown.reply_kind}`), quote),
      strings.length > 0 && el("div", "small", `${say("strings")}: `,
        strings.map(([text], n) => el("span", shown.says[n] ? "has" : "lack", `${shown.says[n] ? "✓" : "✗"} `, el("bdi", "", text), "  "))),
      shown.words.length > 0 && el("div", "small muted", `${say("words")}: `, el("bdi", "", shown.words.join("、"))),
      shown.notes.length > 0 && el("div", "small", `${say("notes")}: `, el("bdi", "", shown.notes.join("; "))));
  }

  function scoresOf(card) {
    const best = new Map(card.best ? card.best.scores : []);
    const head = el("tr", "", el("th", "", say("scores")), el("th", "n", say("first_col")), card.best && el("th", "n", say("expected_col")));
    return el("table", "", el("thead", "", head), el("tbody", "", card.first.scores.map(([leg, score]) => {
      const other = best.get(leg);
      return el("tr", "", el("td", "", leg), el("td", "n" + (card.best && score > other ? " up" : ""), score.toFixed(3)),
        card.best && el("td", "n" + (other > score ? " up good" : ""), other === undefined ? "–" : other.toFixed(3)));
    })));
  }

  /* Which legs put the first before the expected one, and which would not have. */
  function whyOf(card) {
    if (!card.best) return null;
    const best = new Map(card.best.scores), legs = card.first.scores.filter(([leg, score]) => leg !== "sum" && best.has(leg) && score !== best.get(leg));
    const names = (some) => some.map(([leg]) => leg).join("、") || "–";
    return el("div", "small", el("span", "muted", `${say("why")}: `),
      `${say("leans_first")} `, el("b", "lack", names(legs.filter(([leg, score]) => score > best.get(leg)))),
      ` · ${say("leans_expected")} `, el("b", "has", names(legs.filter(([leg, score]) => score < best.get(leg)))));
  }

  function expectedOf(card) {
    if (!card.answerable) return el("b", "", say("expect_none"));
    return el("ul", card.expected.length === 1 ? "order single" : "order", card.expected.map((e) => el("li", "",
      el("span", "name", el("bdi", "", e.title || e.article)), " ", e.title && el("code", "", e.article),
      e.heading && el("span", "muted", ` › `, el("bdi", "", e.heading)),
      el("span", e.rank === 1 ? "has" : "lack", ` · ${e.rank === null ? say("not_ranked") : `${say("rank")} ${e.rank}`}`),
      e.under === false && el("span", "lack", ` · ${say("other_heading")}`))));
  }

  function orderOf(card) {
    const wanted = new Set(card.expected.map((e) => e.article)), never = new Set(card.forbidden);
    return el("details", "", el("summary", "", `${say("scores")} · ${say("others")}`),
      el("div", "sides", scoresOf(card), el("ol", "order", card.order.map(([article, confidence]) =>
        el("li", never.has(article) ? "never" : card.answerable && wanted.has(article) ? "is" : "", el("bdi", "", article), ` ${percent(confidence)}`)))));
  }

  function drawn(card) {
    const head = el("div", "head", card.kinds.map((kind) => el("span", "badge " + kind, say("kind." + kind))),
      card.before && card.before.right && !card.right && el("span", "badge", say("lost_now")),
      el("code", "", card.id), card.tags.map((tag) => el("span", "tag", el("bdi", "", tag))));
    const state = ` · ${say(card.served ? "served_yes" : "served_no")}${card.kinds.includes("silent") && card.right ? ` · ${say("would_be_right")}` : ""}`;
    const firstRight = card.first && card.expected.some((e) => e.rank === 1);
    return el("article", "q", head,
      card.history.length > 0 && el("div", "history", card.history.map(([role, text]) =>
        el("div", "", `${words[role] ? say(role) : role}: `, free("", text)))),
      free("question", card.q),
      card.context.length > 0 && el("div", "small muted", `${say("context")}: `, el("bdi", "", card.context.map((pair) => pair.join(" ")).join(" · "))),
      card.error && el("div", "small lack", `${say("error")}: `, el("bdi", "", card.error)),
      card.forbidden.length > 0 && el("div", "small lack", `${say("forbidden_came")}: ${card.forbidden.join(", ")}`),
      el("div", "small", el("span", "muted", `${say("expected")}: `), expectedOf(card)),
      card.before && el("div", "small muted", `${say(card.before.right ? "was_right" : "was_first")}: `, el("code", "", card.before.first || "–")),
      !card.first && !card.error && el("div", "small lack", say("nothing_came")),
      card.first && el("div", "sides", sideOf(card.first, say("came"), firstRight ? "fair" : "", card.strings, state),
        card.best && sideOf(card.best, say("expected_came"), "want", card.strings)),
      card.first && whyOf(card),
      card.first && orderOf(card));
  }

  /* What is searched of a card: every text that it shows, made once. */
  const hay = new WeakMap();
  function searched(card) {
    if (!hay.has(card)) {
      const shown = (s) => (s ? [s.article, s.title, ...s.headings, s.reply, s.snippet.map(([text]) => text).join(""), ...s.notes] : []);
      hay.set(card, [card.id, card.q, ...card.history.map((turn) => turn[1]), ...card.tags, ...card.strings.map((pair) => pair[0]),
        ...card.expected.flatMap((e) => [e.article, e.title, e.heading]), ...shown(card.first), ...shown(card.best),
        ...card.forbidden, card.error].join("\n").normalize("NFKC").toLowerCase());
    }
    return hay.get(card);
  }
  const far = 99;
  const orders = {
    set: null,
    sure: (a, b) => b.confidence - a.confidence,
    rank: (a, b) => (a.rank ?? far) - (b.rank ?? far) || b.confidence - a.confidence,
  };

  function found() {
    const wanted = state.text.normalize("NFKC").toLowerCase().split(/\s+/).filter(Boolean);
    const some = cards.filter((card) =>
      (!state.kind || (state.kind === "new" ? card.before && card.before.right && !card.right : card.kinds.includes(state.kind))) &&
      (!state.slice || card.tags.includes(state.slice)) && wanted.every((word) => searched(card).includes(word)));
    return orders[state.sort] ? some.sort(orders[state.sort]) : some;
  }

  function draw(from = 0) {
    const list = at("list");
    if (!list) return;
    const some = found(), end = Math.min(state.shown, some.length);
    if (from === 0) list.replaceChildren();
    for (const card of some.slice(from, end)) list.append(drawn(card));
    if (!some.length) list.append(el("p", "empty", say("none_match")));
    at("count").textContent = `${say("matching")} ${some.length} · ${say("shown")} ${end}`;
    at("more").hidden = end >= some.length;
    at("clear").hidden = !(state.kind || state.slice || state.text);
    for (const chip of document.querySelectorAll(".chip")) chip.setAttribute("aria-pressed", String(chip.dataset.kind === state.kind));
  }
  function choose(change) {
    Object.assign(state, change, { shown: STEP });
    at("search").value = state.text;
    at("slice").value = state.slice;
    draw();
  }

  function speak(language) {
    root.lang = language;
    for (const button of document.querySelectorAll("[data-language]")) button.setAttribute("aria-pressed", String(button.dataset.language === language));
    for (const option of document.querySelectorAll("[data-word]")) option.textContent = say(option.dataset.word);
    for (const field of document.querySelectorAll("[data-placeholder]")) field.placeholder = say(field.dataset.placeholder);
    for (const field of document.querySelectorAll("[data-label]")) field.setAttribute("aria-label", say(field.dataset.label));
    draw();
  }
  const night = matchMedia("(prefers-color-scheme: dark)");
  function shade() {
    const chosen = at("theme").value;
    root.dataset.theme = chosen === "auto" ? (night.matches ? "dark" : "light") : chosen;
  }

  document.addEventListener("click", (event) => {
    const target = event.target.closest("button");
    if (!target) return;
    const { language, kind, slice, search } = target.dataset;
    if (language) { speak(language); remember("language", language); }
    else if (kind !== undefined) choose({ kind });
    else if (slice !== undefined || search !== undefined) {
      if (!at("list")) return;
      choose({ kind: "", slice: slice ?? "", text: search ?? "" });
      at("failures").scrollIntoView();
    }
    else if (target.id === "rest") { at("losers").classList.remove("few"); target.remove(); }
    else if (target.id === "clear") choose({ kind: "", slice: "", text: "" });
    else if (target.id === "more") { const from = state.shown; state.shown += STEP; draw(from); }
  });
  let waiting = 0;
  at("search")?.addEventListener("input", (event) => {
    clearTimeout(waiting);
    waiting = setTimeout(() => { state.text = event.target.value; state.shown = STEP; draw(); }, 120);
  });
  at("slice")?.addEventListener("change", (event) => choose({ slice: event.target.value }));
  at("sort")?.addEventListener("change", (event) => choose({ sort: event.target.value }));
  at("theme").addEventListener("change", () => { shade(); remember("theme", at("theme").value); });
  night.addEventListener("change", shade);

  if (["light", "dark"].includes(remembered("theme"))) at("theme").value = remembered("theme");
  shade();
  speak(remembered("language") === "en" ? "en" : "zh-CN");
})();
