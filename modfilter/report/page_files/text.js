// Everything a stranger wrote reaches the page through here, as text and never as markup.

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const HIDDEN = new RegExp(
  "[\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f" +
  "\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ufff9-\\ufffb\\u{e0000}-\\u{e007f}]|\\p{M}{5,}", "gu");

// What stands for a match: a code for a character, the number of those left out for a heap of combining marks.
function named(match) {
  const marks = [...match];
  return marks.length > 1 ? { kept: marks.slice(0, 2).join(""), code: `+${marks.length - 2} marks` } :
    { kept: "", code: `U+${match.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}` };
}

// Characters that turn writing round, cannot be seen or bury what is around them: they are often the trick itself.
function plain(text) {
  return text.replace(HIDDEN, (match) => `${named(match).kept}[${named(match).code}]`);
}

function written(text) {
  const nodes = [];
  let at = 0;
  for (const match of text.matchAll(HIDDEN)) {
    const { kept, code } = named(match[0]);
    const before = text.slice(at, match.index) + kept;
    if (before) nodes.push(before);
    const node = element("span", "control", code);
    node.title = say("card.control", { code });
    nodes.push(node);
    at = match.index + match[0].length;
  }
  if (at < text.length) nodes.push(text.slice(at));
  return nodes;
}

// A stranger's text by itself: it reads in its own direction and turns nothing around it.
function stranger(name, className, text) {
  const node = element(name, className, ...written(text));
  node.dir = "auto";
  return node;
}

// Offsets count code points; JavaScript strings count UTF-16 units. Gives a function from the one to the other.
function units(text) {
  if (!/[\ud800-\udfff]/.test(text)) return (place) => place;
  const starts = [];
  for (let at = 0; at < text.length; at += text.codePointAt(at) > 0xffff ? 2 : 1) starts.push(at);
  return (place) => starts[place] ?? text.length;
}

// Each language has a tint; a label says the same without colour.
const tints = new Map();
function tint(tag) { return `tint${Math.min(tints.get(tag) ?? 5, 5)}`; }

// A comment with its languages by span, where it has several, and its deciding words marked.
function commentText(row, shown) {
  const text = row[F.text];
  const unit = units(text);
  const spans = triples(row[F.spans], unit);
  const marks = [];
  for (let n = 0; n < row[F.marks].length; n += 4) {
    const [start, end, score] = row[F.marks].slice(n, n + 3);
    marks.push({ start: unit(start), end: unit(end), score: data.scores[score] });
  }
  const node = element("p", "comment");
  node.dir = "auto";
  let at = 0;
  for (const span of spans) {
    append(node, text, at, span.start, marks, shown);
    if (span.start >= shown) break;
    const part = element("span", `span ${tint(span.language)}`, element("span", "tag", span.language));
    part.lang = span.language;
    part.firstChild.title = languageName(span.language);
    append(part, text, span.start, span.end, marks, shown);
    node.append(part);
    at = span.end;
  }
  append(node, text, at, text.length, marks, shown);
  if (!spans.length && row[F.languages].length === 2 && row[F.languages][0] !== "und") node.lang = row[F.languages][0];
  return node;
}

function triples(flat, unit) {
  const found = [];
  for (let n = 0; n < flat.length; n += 3)
    found.push({ start: unit(flat[n]), end: unit(flat[n + 1]), language: flat[n + 2] });
  return found;
}

// Appends text[start, end), cut where deciding words begin and end; words that decide two scores name both.
function append(node, text, start, end, marks, shown) {
  end = Math.min(end, shown);
  const cuts = new Set([start, end]);
  for (const mark of marks) for (const place of [mark.start, mark.end]) if (place > start && place < end) cuts.add(place);
  const places = [...cuts].sort((a, b) => a - b);
  for (let n = 0; n + 1 < places.length; n++) {
    const part = written(text.slice(places[n], places[n + 1]));
    const deciding = marks.filter((mark) => mark.start <= places[n] && mark.end >= places[n + 1]);
    if (!deciding.length) { node.append(...part); continue; }
    const words = element("mark", "", ...part);
    const scores = [...new Set(deciding.map((mark) => say(`score.${mark.score}`)))];
    words.title = say("card.words_for", { score: scores.join("; ") });
    node.append(words);
  }
}
