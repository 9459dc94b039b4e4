/* A whole article, opened at the passage. Its HTML is read apart and built again from a short list of tags. */

import { el, free, refill } from "./element.js";
import { Panel } from "./panel.js";
import { period, say } from "./words.js";

const TAGS = new Set([
  ...["h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "blockquote", "pre", "code", "em", "strong", "a"],
  ...["ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td"],
]);
const MARKED = new Set(["H1", "H2", "H3", "H4", "H5", "H6", "P", "LI", "TR", "PRE", "BLOCKQUOTE"]);
// The policy is for reading alone: what it makes never enters this page as it is.
const policy = window.trustedTypes?.createPolicy("kb-article", { createHTML: (text) => text });

export class ArticlePanel extends Panel {
  constructor(source, server, left) {
    super("article", source.title || say("article"), left);
    this.source = source;
    this.controller = new AbortController();
    refill(this.body, el("p", { class: "quiet-note" }, "…"));
    void this.load(server);
  }

  async load(server) {
    try {
      const article = await server.article(this.source.article, this.controller.signal);
      this.heading.textContent = article.title;
      refill(this.body, this.facts(article), this.text(article));
      this.body.querySelector(".here")?.scrollIntoView({ block: "center" });
    } catch (error) {
      if (error.name === "AbortError") return;
      refill(this.body, el("p", { class: "quiet-note", role: "alert" }, error.status === 404 ? say("article_gone") : say("calendar_failed")));
    }
  }

  facts(article) {
    const internal = article.audience === "internal";
    return el("p", { class: "facts article-facts" },
      internal && el("span", { class: "tag tag-internal" }, say("internal")),
      el("span", { class: "period" }, period(article.effective_from, article.effective_until)),
      article.owner && free("span", "owner", say("owner", { owner: article.owner })));
  }

  text(article) {
    const [first, last] = this.source.lines ?? [0, 0];
    const read = new DOMParser().parseFromString(policy ? policy.createHTML(article.html) : article.html, "text/html");
    const made = el("div", { class: `article free${article.audience === "internal" ? " internal" : ""}`, dir: "auto" });
    made.append(...rebuilt(read.body));
    const lines = [...made.querySelectorAll("[data-line]")].filter((one) => MARKED.has(one.tagName));
    const here = lines.filter((one) => Number(one.dataset.line) >= first && Number(one.dataset.line) <= last);
    for (const one of here) one.classList.add("here");
    here[0]?.setAttribute("aria-label", say("passage_here"));
    here[0]?.removeAttribute("aria-label");
    for (const table of made.querySelectorAll("table")) {
      const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": say("table") });
      table.replaceWith(scroll);
      scroll.append(table);
    }
    return made;
  }

  leave() {
    this.controller.abort();
  }
}

/** The children of a node that was read apart, as new nodes of this page. */
function rebuilt(node) {
  return [...node.childNodes].flatMap((child) => {
    if (child.nodeType === Node.TEXT_NODE) return [document.createTextNode(child.data)];
    if (child.nodeType !== Node.ELEMENT_NODE) return [];
    const tag = child.tagName.toLowerCase();
    if (!TAGS.has(tag)) return [];
    const made = document.createElement(tag);
    if (/^\d+$/.test(child.dataset.line ?? "")) made.dataset.line = child.dataset.line;
    if (tag === "ol" && /^\d+$/.test(child.getAttribute("start") ?? "")) made.setAttribute("start", child.getAttribute("start"));
    if (tag === "code" && child.classList.contains("language-reply")) made.className = "language-reply";
    if (tag === "a") link(made, child.getAttribute("href") ?? "");
    made.append(...rebuilt(child));
    return [made];
  });
}

function link(made, href) {
  if (!/^(https?:|mailto:)/i.test(href)) return;
  made.setAttribute("href", href);
  made.setAttribute("target", "_blank");
  made.setAttribute("rel", "noopener noreferrer nofollow");
}
