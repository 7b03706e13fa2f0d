// The work itself: choosing what to see, going through it, deciding, taking back, exporting.

const $ = (id) => document.getElementById(id);
const filters = $("filters");
const REASONS = ["incitement", "identity_attack", "insult", "obscene", "spam", "off_topic", "other"];
const DONE = { approve: "decide.approved", remove: "decide.removed", skip: "decide.skipped" };
const PRINTED = 200;   // comments on paper; more can be exported as CSV
const verdicts = new Map();
const made = [];       // what was decided here, the last one at the end, for undo
const store = openStore(data.key);
let shown = [];        // numbers of rows, as filtered and sorted
let haystack = null;
let pending = null;    // the verdict that waits for a name

for (const row of data.rows)
  for (let n = 0; n < row[F.languages].length; n += 2)
    tints.set(row[F.languages][n], (tints.get(row[F.languages][n]) || 0) + 1);
[...tints].sort((a, b) => b[1] - a[1]).forEach(([tag], place) => tints.set(tag, place));

// ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────

function line(n) {
  const row = data.rows[n];
  const verdict = verdicts.get(row[F.id]);
  const tags = row[F.languages].filter((_, place) => place % 2 === 0);
  const node = element("div", `row ${ACTIONS[row[F.action]]}${verdict ? " decided" : ""}`,
    element("div", "row-head", badge(row),
      verdict ? element("span", "verdict", say(DONE[verdict.verdict])) : null,
      element("b", "reason", say(`reason.${likelyReason(row)}`)),
      stranger("bdi", "who", (row[F.author] || say("card.no_name")).slice(0, 60)),
      element("span", "tags", tags.join(" "))),
    stranger("div", "row-text", [...row[F.text].slice(0, 201)].slice(0, 200).join("")));
  return node;
}

const list = new VirtualList($("list"), line, (place, pointed) => { choose(place); if (pointed && narrow()) read(true); });

function narrow() { return getComputedStyle($("back")).display !== "none"; }

function current() { return list.at >= 0 && list.at < shown.length ? shown[list.at] : null; }

function choose(place, aloud = true) {
  if (!shown.length) { drawCard(); return; }
  list.choose(Math.min(Math.max(place, 0), shown.length - 1));
  drawCard();
  if (!aloud) return;
  const row = data.rows[current()];
  $("announce").textContent = say("status.announce", {
    n: number(list.at + 1), all: number(shown.length), action: say(`action.${ACTIONS[row[F.action]]}`),
    author: plain(row[F.author] || say("card.no_name")), text: plain(row[F.text].slice(0, 300)) });
}

function drawCard() {
  const n = current();
  $("decide").hidden = n === null;
  if (n === null) {
    $("card").replaceChildren(element("p", "facts", say(data.rows.length ? "status.no_match" : "status.nothing")));
    return;
  }
  const row = data.rows[n];
  $("card").replaceChildren(card(row));
  $("detail").scrollTop = 0;
  const verdict = verdicts.get(row[F.id]);
  $("reason").value = (verdict && verdict.reason) || likelyReason(row);
  for (const button of $("decide").querySelectorAll("[data-verdict]"))
    button.setAttribute("aria-pressed", String(Boolean(verdict) && verdict.verdict === button.dataset.verdict));
  $("verdict").textContent = verdict ? say("decide.by", {
    verdict: say(DONE[verdict.verdict]), moderator: plain(verdict.moderator), when: timeFormat.format(new Date(verdict.at)) }) : "";
}

function likelyReason(row) {
  const rules = row[F.whys].filter((_, n) => n % 2 === 0).map((n) => data.rules[n]);
  rules.sort((a, b) => ACTIONS.indexOf(b[1]) - ACTIONS.indexOf(a[1]));
  const score = rules.length ? rules[0][3] : null;
  return score === "relevance" ? "off_topic" : score || "other";
}

function read(on) {
  document.body.classList.toggle("reading", on);
  (on ? $("detail") : $("list")).focus({ preventScroll: true });
}

// ── filters and order ─────────────────────────────────────────────────────────────────────────────────────────

function apply() {
  const wanted = Object.fromEntries(new FormData(filters));
  const text = wanted.text.trim().toLowerCase();
  if (text && !haystack)
    haystack = data.rows.map((row) => `${row[F.text]}\n${row[F.author] || ""}\n${row[F.id]}`.toLowerCase());
  const score = data.scores.indexOf(wanted.score);
  const least = Number(wanted.least) * 10;
  const article = wanted.article === "" ? null : Number(wanted.article);
  const kept = [];
  data.rows.forEach((row, n) => {
    if (wanted.action && ACTIONS[row[F.action]] !== wanted.action) return;
    if (wanted.rule && !row[F.whys].some((rule, place) => place % 2 === 0 && data.rules[rule][0] === wanted.rule)) return;
    if (wanted.language && !row[F.languages].includes(wanted.language)) return;
    if (article !== null && row[F.article] !== article) return;
    if (score >= 0 && !((row[F.scores][score] ?? -1) >= least)) return;
    if (wanted.state && (wanted.state === "decided") !== verdicts.has(row[F.id])) return;
    if (text && !haystack[n].includes(text)) return;
    kept.push(n);
  });
  shown = sorted(kept, wanted.sort, score);
  list.show(shown);
  tell();
  choose(0, false);
}

function sorted(numbers, order, score) {
  const by = {
    newest: (row) => -(row[F.when] ?? -Infinity),
    oldest: (row) => row[F.when] ?? Infinity,
    replies: (row) => -row[F.replies],
    copies: (row) => -row[F.copies],
    thread: (row) => row[F.article] ?? Infinity,
    // Of relevance the lowest is what a moderator looks for.
    score: (row) => (score === 0 ? 1 : -1) * (row[F.scores][score < 0 ? 1 : score] ?? -1),
  }[order];
  if (!by) return numbers;
  const keys = new Map(numbers.map((n) => [n, by(data.rows[n])]));
  return numbers.sort((a, b) => (keys.get(a) === keys.get(b) ? a - b : keys.get(a) < keys.get(b) ? -1 : 1));
}

function tell() {
  const done = shown.reduce((sum, n) => sum + verdicts.has(data.rows[n][F.id]), 0);
  const counts = { n: number(shown.length), all: number(data.rows.length), done: number(done) };
  $("status").textContent = !data.rows.length ? say("status.nothing") : !shown.length ? say("status.no_match") :
    say("status.matching", counts);
  $("more").textContent = `${say("filter.more")}${chosenFilters() ? ` (${chosenFilters()})` : ""}`;
}

function chosenFilters() {
  return [...new FormData(filters)].filter(([name, value]) => value && !["least", "sort"].includes(name)).length;
}

function offer(name, values, label) {
  const select = filters.elements[name];
  const chosen = select.value;
  const counts = new Map();
  for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
  while (select.options.length > 1) select.remove(1);
  for (const [value, n] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 500)) {
    const option = element("option", "", plain(`${label(value)} (${number(n)})`));
    option.value = value;
    select.append(option);
  }
  select.value = chosen;
}

function offerAll() {
  const evens = (flat) => flat.filter((_, place) => place % 2 === 0);
  offer("action", data.rows.map((row) => ACTIONS[row[F.action]]), (action) => say(`action.${action}`));
  offer("rule", data.rows.flatMap((row) => evens(row[F.whys]).map((rule) => data.rules[rule][0])), (rule) => rule);
  offer("language", data.rows.flatMap((row) => evens(row[F.languages])), languageName);
  offer("article", data.rows.map((row) => row[F.article]).filter((article) => article !== null),
    (article) => data.words[article].slice(0, 90));
  for (const select of [filters.elements.score])
    for (const option of select.options) if (option.value) option.textContent = say(`score.${option.value}`);
  for (const option of $("reason").options) option.textContent = say(`reason.${option.value}`);
}

// ── decisions ─────────────────────────────────────────────────────────────────────────────────────────────────

async function keep(verdict) {
  if (verdict.verdict === null) verdicts.delete(verdict.id);
  else verdicts.set(verdict.id, verdict);
  try { await store.save(verdict); } catch { $("not-saved").hidden = false; }
}

function decide(verdict) {
  const n = current();
  if (n === null) return;
  const moderator = $("moderator").value.trim();
  if (!moderator) {
    pending = verdict;
    $("name").value = "";
    $("name-dialog").showModal();
    return;
  }
  const id = data.rows[n][F.id];
  const reason = verdict === "remove" ? $("reason").value : null;
  made.push({ id, before: verdicts.get(id) || null });
  keep({ id, verdict, reason, moderator, at: new Date().toISOString() });
  after(list.at);
  $("said").textContent = say("status.saved", { verdict: say(DONE[verdict]), id: plain(id) });
  const next = shown.findIndex((other, place) => place > list.at && !verdicts.has(data.rows[other][F.id]));
  if (next >= 0) choose(next);
  else if (shown.every((other) => verdicts.has(data.rows[other][F.id]))) {
    $("said").textContent += ` ${say("status.all_done")}`;
    drawCard();
  } else choose(shown.findIndex((other) => !verdicts.has(data.rows[other][F.id])));
}

function undo() {
  const last = made.pop();
  if (!last) { $("said").textContent = say("status.nothing_to_undo"); return; }
  keep(last.before || { id: last.id, verdict: null, reason: null, moderator: $("moderator").value.trim(), at: new Date().toISOString() });
  $("said").textContent = say("status.undone", { id: plain(last.id) });
  const place = shown.findIndex((n) => data.rows[n][F.id] === last.id);
  if (place >= 0) { after(place); choose(place); } else tell();
}

function after(place) {
  list.refresh(place);
  tell();
}

function exportAll() {
  const all = [...verdicts.values()].sort((a, b) => (a.at < b.at ? -1 : 1));
  if (!all.length) { $("said").textContent = say("status.nothing_to_export"); return; }
  const lines = all.map(({ id, verdict, reason, moderator, at }) => JSON.stringify({ id, verdict, reason, moderator, at }));
  const link = element("a");
  link.href = URL.createObjectURL(new Blob([`${lines.join("\n")}\n`], { type: "application/x-ndjson" }));
  link.download = `decisions-${data.key}.jsonl`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  $("said").textContent = say("status.exported", { n: number(all.length) });
}

// ── keys, views, language, paper ──────────────────────────────────────────────────────────────────────────────

const KEYS = {
  j: () => choose(list.at + 1), k: () => choose(list.at - 1),
  a: () => decide("approve"), r: () => decide("remove"), s: () => decide("skip"), u: undo,
  "/": () => { $("filter-box").open = true; filters.elements.text.focus(); }, "?": () => $("keys-dialog").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.target.closest("input, select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  if (event.key === "Escape" && document.body.classList.contains("reading")) { read(false); return; }
  if (event.key === "Enter" && event.target === $("list")) { event.preventDefault(); read(true); return; }
  if (!$("single-keys").checked && event.key !== "?") return;
  const act = KEYS[event.key] || KEYS[event.key.toLowerCase()];
  const reason = /^[1-7]$/.test(event.key) ? REASONS[event.key - 1] : null;
  if (!act && !reason) return;
  event.preventDefault();
  if (event.key !== "?" && document.body.dataset.view === "overview") location.hash = "#queue";
  if (reason) $("reason").value = reason;
  else act();
});

function route() {
  document.body.dataset.view = location.hash === "#overview" ? "overview" : "queue";
  for (const link of document.querySelectorAll("nav a"))
    if (link.hash === `#${document.body.dataset.view}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  list.later();
}

function paper() {
  $("print").replaceChildren(...shown.slice(0, PRINTED).map((n) => card(data.rows[n], true)));
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  if (target.dataset.verdict) decide(target.dataset.verdict);
  else if (target.dataset.go) go(Number(target.dataset.go));
  else if (target.dataset.filter) {
    filters.reset();
    const value = target.dataset.filter === "article" ? data.words.indexOf(target.dataset.value) : target.dataset.value;
    filters.elements[target.dataset.filter].value = value;
    location.hash = "#queue";
    apply();
  } else if (target.dataset.close) target.closest("dialog").close();
});

// Goes to a comment of the list, past the filters if they hide it.
function go(n) {
  if (!shown.includes(n)) { filters.reset(); apply(); }
  choose(shown.indexOf(n));
  $("detail").focus({ preventScroll: true });
}

let typing = 0;
filters.addEventListener("input", (event) => {
  clearTimeout(typing);
  typing = setTimeout(apply, event.target.name === "text" ? 150 : 0);
});
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(apply));
$("undo").addEventListener("click", undo);
$("export").addEventListener("click", exportAll);
$("back").addEventListener("click", () => read(false));
$("keys").addEventListener("click", () => $("keys-dialog").showModal());
$("next").addEventListener("click", () => choose(list.at + 1));
$("previous").addEventListener("click", () => choose(list.at - 1));
$("moderator").addEventListener("change", () => settings.set("moderator", $("moderator").value.trim()));
$("single-keys").addEventListener("change", () => settings.set("keys", $("single-keys").checked ? "on" : "off"));
$("language").addEventListener("change", () => {
  useLanguage($("language").value);
  offerAll();
  list.redraw();
  drawCard();
  tell();
});
$("name-form").addEventListener("submit", (event) => {
  event.preventDefault();
  const name = $("name").value.trim();
  if (!name) { $("name").focus(); return; }
  $("moderator").value = name;
  settings.set("moderator", name);
  $("name-dialog").close();
  if (pending) decide(pending);
  pending = null;
});
window.addEventListener("hashchange", route);
window.addEventListener("beforeprint", paper);
matchMedia("print").addEventListener("change", (event) => { if (event.matches) paper(); });
window.addEventListener("resize", () => { if (list.rowHeight) list.redraw(); });

async function start() {
  $("language").value = language;
  useLanguage(language);
  $("moderator").value = settings.get("moderator") || "";
  $("single-keys").checked = settings.get("keys") !== "off";
  route();
  offerAll();
  try {
    for (const verdict of await store.load()) verdicts.set(verdict.id, verdict);
    store.watch((verdict) => {
      if (verdict.verdict === null) verdicts.delete(verdict.id);
      else verdicts.set(verdict.id, verdict);
      list.redraw();
      drawCard();
      tell();
    });
  } catch { $("not-saved").hidden = false; }
  apply();
  document.body.dataset.ready = "yes";
}

start();
