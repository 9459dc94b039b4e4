/* The panels that lie over the answer, one over the other; each goes back to where it was opened from. */

export class Panels {
  /** page: {over, main, asked} elements. emptied(): the answer is seen again. */
  constructor(page, emptied) {
    this.page = page;
    this.emptied = emptied;
    this.all = [];
  }

  get top() {
    return this.all[this.all.length - 1] ?? null;
  }

  get isOpen() {
    return this.all.length > 0;
  }

  /** Lay one over what is there. from: the element that gets the keyboard back. */
  push(panel, from = document.activeElement) {
    panel.from = from;
    panel.scrolled = window.scrollY;
    this.top?.element.setAttribute("hidden", "");
    this.all.push(panel);
    this.page.over.append(panel.element);
    this.cover();
    window.scrollTo(0, 0);
    panel.focus();
  }

  /** Lay one over the answer, in place of what lay there. */
  open(panel) {
    const from = this.all[0]?.from ?? document.activeElement;
    const scrolled = this.all[0]?.scrolled ?? window.scrollY;
    this.clear();
    this.push(panel, from);
    panel.scrolled = scrolled;
  }

  /** Take the top one away. Whether there was one. */
  pop() {
    const panel = this.all.pop();
    if (!panel) return false;
    this.remove(panel);
    this.top?.element.removeAttribute("hidden");
    this.cover();
    window.scrollTo(0, panel.scrolled);
    if (panel.from?.isConnected && panel.from !== document.body) panel.from.focus({ preventScroll: true });
    if (!this.isOpen) this.emptied();
    return true;
  }

  /** Take all of them away. */
  clear() {
    for (const panel of this.all.splice(0)) this.remove(panel);
    this.cover();
  }

  remove(panel) {
    panel.leave();
    panel.element.remove();
  }

  cover() {
    this.page.over.hidden = !this.isOpen;
    this.page.main.hidden = this.isOpen;
    this.page.asked.hidden = this.isOpen;
  }
}
