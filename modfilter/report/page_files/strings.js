// The data of the page, and its strings in the chosen language.
const data = JSON.parse(document.getElementById("data").textContent);
// Columns hold a value for each comment; the rest of a comment is a line of JSON that is read when it is needed.
const C = data.columns;
const COUNT = C.id.length;
const MOVED = ["id", "action", "when", "article", "replies", "copies", "sampled"];
const F = Object.fromEntries([...data.fields, ...MOVED, "scores"].map((name, place) => [name, place]));
const chunks = new Map();
const read = new Array(COUNT);

// A line of a chunk; null where the browser has not come to that part of the page yet: most of a large page
// stands behind this script, so that the first comments can be worked on while the others are read from disk.
function line(kind, n) {
  const id = `${kind}-${Math.floor(n / data.chunk)}`;
  if (!chunks.has(id)) {
    const node = document.getElementById(id);
    if (!node || (document.readyState === "loading" && !node.nextElementSibling)) return null;
    chunks.set(id, node.textContent.split("\n"));
  }
  return chunks.get(id)[n % data.chunk];
}

// A comment, null where its line is not there yet.
function row(n) {
  if (!read[n]) {
    const text = line("rows", n);
    if (text === null) return null;
    read[n] = JSON.parse(text);
    for (const name of MOVED) read[n].push(C[name][n]);
    read[n].push(C.scores.map((column) => column[n]));
  }
  return read[n];
}

const ACTIONS = ["publish", "flag", "hold", "reject"];

// What is only convenient may be lost: a browser that keeps nothing still shows the page.
const settings = {
  get(name) {
    try { return localStorage.getItem(`modfilter:${name}`); } catch { return null; }
  },
  set(name, value) {
    try { localStorage.setItem(`modfilter:${name}`, value); } catch { /* kept until the page is closed */ }
  },
};

let language = data.strings[settings.get("language")] ? settings.get("language") : "en";
let languageNames = new Map();
let timeFormat;
let numberFormat;

function useLanguage(tag) {
  language = tag;
  document.documentElement.lang = tag;
  settings.set("language", tag);
  languageNames = new Map();
  timeFormat = new Intl.DateTimeFormat([tag, "en-GB"], { dateStyle: "medium", timeStyle: "short" });
  numberFormat = new Intl.NumberFormat([tag, "en"]);
  for (const node of document.querySelectorAll("[data-t]"))
    node.textContent = say(node.dataset.t, node.dataset.v ? JSON.parse(node.dataset.v) : {});
  for (const node of document.querySelectorAll("[data-language]"))
    node.textContent = `${languageName(node.dataset.language)} (${node.dataset.language})`;
  for (const node of document.querySelectorAll("[data-t-label]"))
    node.setAttribute("aria-label", say(node.dataset.tLabel, node.dataset.v ? JSON.parse(node.dataset.v) : {}));
}

function say(name, values = {}) {
  const text = data.strings[language][name] ?? data.strings.en[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (whole, key) => (key in values ? String(values[key]) : whole));
}

function number(n) { return numberFormat.format(n); }

// "sn" → "Shona"; a tag that the browser does not know stays as it is.
function languageName(tag) {
  if (!languageNames.has(tag)) {
    let name = data.strings[language][`language.${tag}`] || tag;
    if (name === tag) try { name = new Intl.DisplayNames([language, "en"], { type: "language" }).of(tag) || tag; } catch { /* keep the tag */ }
    languageNames.set(tag, name);
  }
  return languageNames.get(tag);
}

// The default policy's sentences are translated; a newsroom's own stand as it wrote them.
function sentence(rule, because) {
  const name = `because.${rule}`;
  return data.strings.en[name] === because ? say(name) : because;
}
