// The work itself: choosing what to see, going through it, deciding, taking back, exporting.

const $ = (id) => document.getElementById(id);
const filters = $("filters");
const REASONS = ["incitement", "identity_attack", "insult", "obscene", "spam", "off_topic", "other"];
const DONE = { approve: "decide.approved", remove: "decide.removed", skip: "decide.skipped" };
const PRINTED = 200;   // comments on paper; more can be exported as CSV
const verdicts = new Map();
const made = [];       // what this moderator decided, the last one at the end, for undo
const store = openStore(data.key);
let shown = [];        // numbers of rows, as filtered and sorted
let pending = null;    // the verdict that waits for a name

// The languages that are met most have the same tint in every report; the others share two, the commoner first.
for (const tag of ["sn", "en", "nd", "zu"]) tints.set(tag, tints.size);
for (const [tag] of [...counted(C.tags, data.tag_sets)].sort((a, b) => b[1] - a[1]))
  if (!tints.has(tag)) tints.set(tag, tints.size);

// ── the list ──────────────────────────────────────────────────────────────────────────────────────────────────

function option(n) {
  const comment = row(n);
  if (!comment) return element("div", "row", "…");
  const verdict = verdicts.get(C.id[n]);
  return element("div", `row ${ACTIONS[C.action[n]]}${verdict ? " decided" : ""}`,
    element("div", "row-head", badge(comment),
      verdict ? element("span", `verdict was-${verdict.verdict}`, say(DONE[verdict.verdict])) : null,
      element("b", "reason", say(`reason.${likelyReason(n)}`)),
      stranger("bdi", "who", clipped(comment[F.author] || say("card.no_name"), 60)),
      element("span", "tags", data.tag_sets[C.tags[n]].join(" "))),
    stranger("div", "row-text", [...comment[F.text].slice(0, 201)].slice(0, 200).join("")));
}

const list = new VirtualList($("list"), option, (place, pointed) => { choose(place); if (pointed && narrow()) reading(true); });

function narrow() { return getComputedStyle($("back")).display !== "none"; }

function current() { return list.at >= 0 && list.at < shown.length ? shown[list.at] : null; }

function choose(place, aloud = true) {
  if (!shown.length) { drawCard(); return; }
  list.choose(Math.min(Math.max(place, 0), shown.length - 1));
  drawCard();
  if (!aloud) return;
  const comment = row(current());
  if (!comment) return;
  $("announce").textContent = say("status.announce", {
    n: number(list.at + 1), all: number(shown.length), action: say(`action.${ACTIONS[comment[F.action]]}`),
    author: plain(comment[F.author] || say("card.no_name")), text: plain(comment[F.text].slice(0, 300)) });
}

function drawCard() {
  const n = current();
  $("decide").hidden = n === null;
  if (n === null) {
    $("card").replaceChildren(element("p", "facts", say(COUNT ? "status.no_match" : "status.nothing")));
    return;
  }
  const comment = row(n);
  $("card").replaceChildren(comment ? card(comment) : element("p", "facts", "…"));
  $("detail").scrollTop = 0;
  const verdict = verdicts.get(C.id[n]);
  $("reason").value = (verdict && verdict.reason) || likelyReason(n);
  drawVerdict(verdict);
}

function drawVerdict(verdict) {
  for (const button of $("decide").querySelectorAll("[data-verdict]"))
    button.setAttribute("aria-pressed", String(Boolean(verdict) && verdict.verdict === button.dataset.verdict));
  $("verdict").textContent = verdict ? say("decide.by", {
    verdict: say(DONE[verdict.verdict]), moderator: plain(verdict.moderator), when: timeFormat.format(new Date(verdict.at)) }) : "";
}

function rulesOf(n) { return data.rule_sets[C.rules[n]].map((rule) => data.rules[rule]); }

// The reason of the strictest rule that fired.
function likelyReason(n) {
  const [first] = rulesOf(n).sort((a, b) => ACTIONS.indexOf(b[1]) - ACTIONS.indexOf(a[1]));
  const score = first ? first[3] : null;
  return score === "relevance" ? "off_topic" : score || "other";
}

function reading(on) {
  document.body.classList.toggle("reading", on);
  (on ? $("detail") : $("list")).focus({ preventScroll: true });
}

// ── filters and order ─────────────────────────────────────────────────────────────────────────────────────────

// What is chosen outlives loading the page again, as a moderator does when more comments have come.
const chosen = {
  name: `modfilter:filters:${data.live ? data.live.site : data.key}`,
  set(wanted) {
    try { sessionStorage.setItem(this.name, JSON.stringify(wanted)); } catch { /* only convenient, too */ }
  },
  restore() {
    let wanted = {};
    try { wanted = JSON.parse(sessionStorage.getItem(this.name)) || {}; } catch { /* nothing is chosen, then */ }
    for (const [name, value] of Object.entries(wanted)) {
      const control = filters.elements[name];
      control.value = value;
      if (control.value !== value) control.value = "";   // no comment has it any more
    }
  },
};

function apply() {
  const wanted = Object.fromEntries(new FormData(filters));
  chosen.set(wanted);
  const text = wanted.text.trim().toLowerCase();
  const score = data.scores.indexOf(wanted.score);
  const least = Number(wanted.least) * 100;
  const action = wanted.action && ACTIONS.indexOf(wanted.action);
  const article = wanted.article && data.words.indexOf(wanted.article);
  // Sets of rules and of languages are few: each is looked at once, not once for every comment.
  const ruled = data.rule_sets.map((set) => !wanted.rule || set.some((rule) => data.rules[rule][0] === wanted.rule));
  const spoken = data.tag_sets.map((set) => !wanted.language || set.includes(wanted.language));
  const kept = [];
  for (let n = 0; n < COUNT; n++) {
    if (action !== "" && C.action[n] !== action) continue;
    if (!ruled[C.rules[n]] || !spoken[C.tags[n]]) continue;
    if (article !== "" && C.article[n] !== article) continue;
    if (score >= 0 && !((C.scores[score][n] ?? -1) >= least)) continue;
    if (wanted.audit && (C.sampled[n] ?? 0) !== Number(wanted.audit)) continue;
    if (wanted.state && (wanted.state === "decided") !== verdicts.has(C.id[n])) continue;
    if (text && !searched(n).includes(text)) continue;
    kept.push(n);
  }
  shown = sorted(kept, wanted.sort, score);
  list.show(shown);
  tell();
  choose(0, false);
}

// What a search looks in. It is made ready while the moderator reads, 500 comments at a time.
const haystack = [];
function searched(n) {
  if (!row(n)) return "";
  return (haystack[n] ??= `${row(n)[F.text]}\n${row(n)[F.author] || ""}\n${C.id[n]}`.toLowerCase());
}

function prepare(from) {
  for (let n = from; n < Math.min(from + 500, COUNT); n++) searched(n);
  if (from + 500 < COUNT) later(() => prepare(from + 500));
}

const later = window.requestIdleCallback || ((work) => setTimeout(work, 20));

function sorted(numbers, order, score) {
  const none = Number.MAX_VALUE;
  const by = {
    newest: (n) => (C.when[n] === null ? none : -C.when[n]),
    oldest: (n) => C.when[n] ?? none,
    replies: (n) => -C.replies[n],
    copies: (n) => -C.copies[n],
    thread: (n) => C.article[n] ?? none,
    // Of relevance the lowest is what a moderator looks for.
    score: (n) => (score === 0 ? 1 : -1) * (C.scores[score < 0 ? 1 : score][n] ?? -1),
  }[order];
  if (!by) return numbers;
  const keys = new Float64Array(COUNT);
  for (const n of numbers) keys[n] = by(n);
  return numbers.sort((a, b) => keys[a] - keys[b] || a - b);
}

function tell() {
  const done = verdicts.size ? shown.reduce((sum, n) => sum + verdicts.has(C.id[n]), 0) : 0;
  const counts = { n: number(shown.length), all: number(COUNT), done: number(done) };
  $("status").textContent = !COUNT ? say("status.nothing") : !shown.length ? say("status.no_match") :
    say("status.matching", counts);
  $("more").textContent = `${say("filter.more")}${chosenFilters() ? ` (${chosenFilters()})` : ""}`;
}

function chosenFilters() {
  return [...new FormData(filters)].filter(([name, value]) => value && !["least", "sort"].includes(name)).length;
}

// How many comments there are of each value; with `sets`, a column holds numbers of sets of values.
function counted(column, sets) {
  const counts = new Map();
  for (const value of column) if (value !== null) counts.set(value, (counts.get(value) || 0) + 1);
  if (!sets) return counts;
  const each = new Map();
  for (const [set, n] of counts) for (const value of sets[set]) each.set(value, (each.get(value) || 0) + n);
  return each;
}

function offer(name, counts, label, value = (key) => key) {
  const select = filters.elements[name];
  const chosen = select.value;
  while (select.options.length > 1) select.remove(1);
  for (const [key, n] of [...counts].sort((a, b) => b[1] - a[1]).slice(0, 500)) {
    const option = element("option", "", plain(`${label(key)} (${number(n)})`));
    option.value = value(key);
    select.append(option);
  }
  select.value = chosen;
}

function offerAll() {
  const rules = new Map();
  for (const [rule, n] of counted(C.rules, data.rule_sets))
    rules.set(data.rules[rule][0], (rules.get(data.rules[rule][0]) || 0) + n);
  offer("action", counted(C.action), (action) => say(`action.${ACTIONS[action]}`), (action) => ACTIONS[action]);
  offer("rule", rules, (rule) => rule);
  offer("language", counted(C.tags, data.tag_sets), languageName);
  offer("article", counted(C.article), (article) => data.words[article].slice(0, 90), (article) => data.words[article]);
  for (const option of filters.elements.score.options) if (option.value) option.textContent = say(`score.${option.value}`);
  $("audit").hidden = !C.sampled.length;
  for (const option of $("reason").options) option.textContent = say(`reason.${option.value}`);
}

// ── decisions ─────────────────────────────────────────────────────────────────────────────────────────────────

async function keep(verdict) {
  note(verdict);
  try { await store.save(verdict); } catch { trouble("page.not_saved"); }
}

function note(verdict) {
  if (verdict.verdict === null) verdicts.delete(verdict.id);
  else verdicts.set(verdict.id, verdict);
}

// What another window or another moderator said. The card stays as it is: somebody may be reading it.
function changed(verdict) {
  note(verdict);
  list.redraw();
  if (current() !== null && C.id[current()] === verdict.id) drawVerdict(verdicts.get(verdict.id));
  tell();
}

function trouble(name) {
  $("not-saved").hidden = !name;
  if (!name) return;
  $("not-saved").firstElementChild.dataset.t = name;
  $("not-saved").firstElementChild.textContent = say(name);
}

function decide(verdict) {
  const n = current();
  if (n === null) return;
  const moderator = $("moderator").value.trim();
  if (!moderator) {
    if (data.live) return;   // the server says who it is, as soon as it answers
    pending = verdict;
    $("name").value = "";
    $("name-dialog").showModal();
    return;
  }
  const id = C.id[n];
  const reason = verdict === "remove" ? $("reason").value : null;
  made.push({ id, before: verdicts.get(id) || null });
  keep({ id, verdict, reason, moderator, at: new Date().toISOString() });
  after(list.at);
  $("said").textContent = say("status.saved", { verdict: say(DONE[verdict]), id: plain(id) });
  const next = shown.findIndex((other, place) => place > list.at && !verdicts.has(C.id[other]));
  if (next >= 0) choose(next);
  else if (shown.every((other) => verdicts.has(C.id[other]))) {
    $("said").textContent += ` ${say("status.all_done")}`;
    drawCard();
  } else choose(shown.findIndex((other) => !verdicts.has(C.id[other])));
}

function undo() {
  const last = made.pop();
  if (!last) { $("said").textContent = say("status.nothing_to_undo"); return; }
  const moderator = $("moderator").value.trim();
  // What somebody else said is theirs: on a server it holds again by itself, and nobody says it a second time.
  const before = data.live && last.before && last.before.moderator !== moderator ? null : last.before;
  keep(before || { id: last.id, verdict: null, reason: null, moderator, at: new Date().toISOString() });
  $("said").textContent = say("status.undone", { id: plain(last.id) });
  const place = shown.findIndex((n) => C.id[n] === last.id);
  if (place >= 0) { after(place); choose(place); } else tell();
}

function after(place) {
  list.refresh(place);
  tell();
}

function byTime() { return [...verdicts.values()].sort((a, b) => (a.at < b.at ? -1 : 1)); }

function exportAll() {
  const all = byTime();
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
  // The focus may stay for a moment on a field of a dialog that was just closed: that one is not typed into.
  const field = event.target.closest("input, select, textarea");
  if (field && field.getClientRects().length) {
    if (event.key === "Escape") field.blur();
    return;
  }
  if (event.key === "Escape" && document.body.classList.contains("reading")) { reading(false); return; }
  if (event.key === "Enter" && event.target === $("list")) { event.preventDefault(); reading(true); return; }
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
  $("print").replaceChildren(...shown.slice(0, PRINTED).map((n) => card(row(n), true)));
}

document.addEventListener("click", (event) => {
  const target = event.target.closest("button");
  if (!target) return;
  if (target.dataset.verdict) decide(target.dataset.verdict);
  else if (target.dataset.go) go(Number(target.dataset.go));
  else if (target.dataset.filter) {
    filters.reset();
    filters.elements[target.dataset.filter].value = target.dataset.value;
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
$("back").addEventListener("click", () => reading(false));
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

// The whole page was read: what was not there yet is drawn now.
function complete() {
  if (filters.elements.text.value.trim()) apply();
  else {
    list.redraw();
    drawCard();
  }
  later(() => prepare(0));
  document.body.dataset.ready = "yes";
}

async function start() {
  $("language").value = language;
  useLanguage(language);
  if (!data.live) $("moderator").value = settings.get("moderator") || "";
  $("single-keys").checked = settings.get("keys") !== "off";
  route();
  offerAll();
  chosen.restore();
  try {
    (await store.load()).forEach(note);
    store.watch(changed, trouble);
  } catch { trouble("page.not_saved"); }
  const listed = new Set(C.id);
  for (const { id, moderator } of byTime())
    if (listed.has(id) && moderator === $("moderator").value) made.push({ id, before: null });
  apply();
  choose(shown.findIndex((n) => !verdicts.has(C.id[n])), false);
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", complete);
  else complete();
}

start();
