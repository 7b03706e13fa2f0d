"use strict";
// Everything a stranger wrote reaches the page through textContent, never as markup.
const entries = JSON.parse(document.getElementById("entries").textContent);
const queue = document.getElementById("queue");
const status = document.getElementById("status");
const more = document.getElementById("more");
const filters = document.querySelector(".filters");
const PAGE = 100;
let matching = entries;
let shown = 0;

function element(name, className, text) {
  const node = document.createElement(name);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

// Offsets count code points; JavaScript strings count UTF-16 units.
function marked(text, marks) {
  const letters = Array.from(text);
  const node = element("p", "text");
  node.dir = "auto";
  let at = 0;
  for (const mark of [...marks].sort((a, b) => a.start - b.start)) {
    if (mark.start < at) continue;
    node.append(letters.slice(at, mark.start).join(""));
    const words = element("mark", "", letters.slice(mark.start, mark.end).join(""));
    words.title = `deciding words for ${mark.score.replace("_", " ")}`;
    node.append(words);
    at = mark.end;
  }
  node.append(letters.slice(at).join(""));
  return node;
}

function quote(label, text) {
  const node = element("blockquote");
  node.dir = "auto";
  node.append(element("span", "meta", label), text);
  return node;
}

function item(entry) {
  const node = element("li", entry.action);
  const mix = entry.languages.map(([tag, share]) =>
    entry.languages.length > 1 ? `${tag} ${Math.round(share * 100)} %` : tag);
  const head = element("div", "meta");
  head.append(element("span", "action", entry.action),
    ` · ${entry.author || "no name"} · ${mix.join(", ")}${entry.when ? ` · ${entry.when}` : ""} · ${entry.id}`);
  node.append(head);
  if (entry.parent !== null) node.append(quote("answers: ", entry.parent));
  node.append(marked(entry.text, entry.marks));
  const whys = element("ul", "whys");
  for (const why of entry.whys) {
    const line = element("li", "", why.because + " ");
    if (why.value !== null) line.append(element("span", "value",
      `${why.score.replace("_", " ")} ${why.value.toFixed(2)}, rule ${why.rule} at ${why.threshold}`));
    whys.append(line);
  }
  node.append(whys);
  if (entry.article) node.append(element("div", "meta", `Under: ${entry.article}`));
  if (entry.better) node.append(element("div", "meta", `Seems to belong under: ${entry.better}`));
  if (entry.nearest && entry.whys.some((why) => why.score === "relevance"))
    node.append(quote("nearest sentence of the article: ", entry.nearest));
  return node;
}

function showMore() {
  const next = matching.slice(shown, shown + PAGE);
  queue.append(...next.map(item));
  shown += next.length;
  more.hidden = shown >= matching.length;
}

function apply() {
  const wanted = Object.fromEntries(new FormData(filters));
  const words = wanted.text.trim().toLowerCase();
  matching = entries.filter((entry) =>
    (!wanted.action || entry.action === wanted.action) &&
    (!wanted.rule || entry.whys.some((why) => why.rule === wanted.rule)) &&
    (!wanted.language || entry.languages.some(([tag]) => tag === wanted.language)) &&
    (!words || `${entry.text}\n${entry.author || ""}\n${entry.id}`.toLowerCase().includes(words)));
  queue.replaceChildren();
  shown = 0;
  status.textContent = entries.length === 0 ? "Nothing to review: every comment was published." :
    `${matching.length.toLocaleString("en")} of ${entries.length.toLocaleString("en")} comments to review, most urgent first`;
  showMore();
}

function offer(name, values) {
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  for (const [value, n] of [...counts].sort((a, b) => b[1] - a[1])) {
    const option = element("option", "", `${value} (${n})`);
    option.value = value;
    filters.elements[name].append(option);
  }
}

offer("action", entries.map((entry) => entry.action));
offer("rule", entries.flatMap((entry) => entry.whys.map((why) => why.rule)));
offer("language", entries.flatMap((entry) => entry.languages.map(([tag]) => tag)));
filters.addEventListener("input", apply);
filters.addEventListener("submit", (event) => event.preventDefault());
more.addEventListener("click", showMore);
apply();
