"""How long it takes from a customer's message to the answer that an agent can see: `scripts/time-sidebar URL KEY`.

A real browser shows the demo desk of a running server; each message goes the way a host's message goes, and the clock
stops at the first picture in which the answer to exactly this message stands.
"""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.desk import CHROMIUM

if TYPE_CHECKING:
    from playwright.sync_api import Page

QUESTIONS = Path(__file__).parents[2] / "eval" / "sets" / "shop.jsonl"
MESSAGES = 200
WARM = 5
# In the page: hand the message to the frame as kb-sidebar.js does, and wait for its answer's first frame.
SEND = """([id, text]) => new Promise((done, failed) => {
  const frame = document.querySelector("iframe");
  const page = frame.contentDocument;
  const shown = () => page.querySelector(".asked-text")?.textContent === text && page.querySelector("#main .answer");
  const begun = performance.now();
  const late = setTimeout(() => failed(new Error(`no answer to: ${text}`)), 10000);
  const watch = new MutationObserver(() => {
    if (!shown()) return;
    watch.disconnect();
    clearTimeout(late);
    // The second frame begins when the first has been painted.
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begun)));
  });
  watch.observe(page.body, { childList: true, subtree: true });
  const conversation = { id, title: id, messages: [{ id, role: "customer", text }] };
  frame.contentWindow.postMessage({ kb: 1, type: "conversation", conversation }, location.origin);
})"""

REQUESTS = """performance.getEntriesByType("resource").filter((one) => one.name.endsWith("/v1/suggestions"))
  .map((one) => one.duration)"""


def questions(count: int) -> list[str]:
    """Different questions of the demo shop's set, spread over it."""
    lines = QUESTIONS.read_text(encoding="utf-8").splitlines()
    texts = list(dict.fromkeys(json.loads(line)["question"].strip() for line in lines if line.strip()))
    step = max(1, len(texts) // count)
    return texts[::step][:count]


def measured(page: Page, texts: list[str]) -> list[float]:
    """Milliseconds from each message to its answer on the screen."""
    return [float(page.evaluate(SEND, [f"timed-{n}", text])) for n, text in enumerate(texts)]


def main(address: str, key: str) -> None:
    """Measure, and write one line."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1360, "height": 800}, locale="zh-CN")
        page.goto(f"{address}/demo?lang=zh#key={key}")
        page.frame_locator("iframe").locator("main").wait_for()
        page.frames[1].evaluate("performance.setResourceTimingBufferSize(2000)")
        took = measured(page, questions(MESSAGES + WARM))[WARM:]
        requests = page.frames[1].evaluate(REQUESTS)[-len(took) :]
        browser.close()
    sys.stdout.write(f"{len(took)} messages, from the message to its answer on the screen: {summed(took)}\n")
    sys.stdout.write(f"of that the request, as the browser saw it: {summed(requests)}\n")


def summed(took: list[float]) -> str:
    """Median, 95th percentile and longest of some milliseconds."""
    last = statistics.quantiles(took, n=20)[18]
    return f"p50 {statistics.median(took):.0f} ms, p95 {last:.0f} ms, max {max(took):.0f} ms"


if __name__ == "__main__":
    main(*sys.argv[1:3])
