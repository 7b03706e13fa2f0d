// A list of any length of which only what is in sight exists: rows of one height, in a listbox.

class VirtualList {
  // box: the listbox, which scrolls; draw(item) gives a row; chosen(place, pointed) is called when one is picked, by pointer or key.
  constructor(box, draw, chosen) {
    this.box = box;
    this.draw = draw;
    this.chosen = chosen;
    this.items = [];
    this.at = -1;
    this.rows = new Map();
    this.space = box.querySelector(".space");
    this.waiting = false;
    box.addEventListener("scroll", () => this.later(), { passive: true });
    new ResizeObserver(() => this.later()).observe(box);
    box.addEventListener("click", (event) => {
      const row = event.target.closest("[data-place]");
      if (row) this.chosen(Number(row.dataset.place), true);
    });
    box.addEventListener("keydown", (event) => {
      const page = Math.max(1, Math.floor(box.clientHeight / this.height) - 1);
      const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
      if (!(event.key in moves) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      const to = Math.min(Math.max(this.at + moves[event.key], 0), this.items.length - 1);
      if (this.items.length) this.chosen(to, false);
    });
  }

  // Browsers let no element be higher than 17 to 33 million pixels; 100,000 rows of 84 are 8 million.
  get height() { return this.rowHeight ||= parseFloat(getComputedStyle(this.space).lineHeight); }

  show(items) {
    this.items = items;
    this.at = -1;
    this.box.scrollTop = 0;
    this.redraw();
  }

  redraw() {
    this.rowHeight = 0;
    this.space.replaceChildren();
    this.rows.clear();
    this.space.style.height = `${this.items.length * this.height}px`;
    this.update();
  }

  choose(place) {
    const before = this.rows.get(this.at);
    if (before) before.setAttribute("aria-selected", "false");
    this.at = place;
    const top = place * this.height;
    if (top < this.box.scrollTop) this.box.scrollTop = top;
    else if (top + this.height > this.box.scrollTop + this.box.clientHeight)
      this.box.scrollTop = top + this.height - this.box.clientHeight;
    this.update();
    const row = this.rows.get(place);
    if (row) {
      row.setAttribute("aria-selected", "true");
      this.box.setAttribute("aria-activedescendant", row.id);
    } else this.box.removeAttribute("aria-activedescendant");
  }

  refresh(place) {
    if (!this.rows.has(place)) return;
    this.rows.get(place).remove();
    this.rows.delete(place);
    this.update();
  }

  later() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => { this.waiting = false; this.update(); });
  }

  update() {
    const spare = 6;
    const first = Math.max(0, Math.floor(this.box.scrollTop / this.height) - spare);
    const last = Math.min(this.items.length, Math.ceil((this.box.scrollTop + this.box.clientHeight) / this.height) + spare);
    for (const [place, row] of this.rows)
      if ((place < first || place >= last) && place !== this.at) { row.remove(); this.rows.delete(place); }
    for (let place = first; place < last; place++) this.ensure(place);
    if (this.at >= 0 && this.at < this.items.length) this.ensure(this.at);
  }

  ensure(place) {
    if (this.rows.has(place)) return;
    const row = this.draw(this.items[place]);
    row.id = `row-${place}`;
    row.dataset.place = place;
    row.setAttribute("role", "option");
    row.setAttribute("aria-selected", String(place === this.at));
    row.setAttribute("aria-posinset", place + 1);
    row.setAttribute("aria-setsize", this.items.length);
    row.style.transform = `translateY(${place * this.height}px)`;
    // A screen reader reads rows in the order of the document.
    let next = null;
    for (const [other, node] of this.rows)
      if (other > place && (!next || other < Number(next.dataset.place))) next = node;
    this.space.insertBefore(row, next);
    this.rows.set(place, row);
  }
}
