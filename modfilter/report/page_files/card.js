// One comment with all that is needed to decide: what it answers, its words, why it is here, what stands around it.

const CUT = 2000;   // characters that are shown at once; the others behind a button

function card(row, whole = false) {
  const node = element("div", "card");
  node.append(heading(row), under(row));
  const parent = near(row[F.parent]);
  if (parent) node.append(quoted(say("card.parent"), parent));
  node.append(words(row, whole), reasons(row), evidence(row), scores(row), around(row));
  return node;
}

function badge(row) { return element("span", `badge ${ACTIONS[row[F.action]]}`, say(`action.${ACTIONS[row[F.action]]}`)); }

function clipped(text, most) { return text.length > most ? `${text.slice(0, most)} …` : text; }

function heading(row) {
  const title = element("h3", "", badge(row), " ", stranger("bdi", "", clipped(row[F.author] || say("card.no_name"), 80)));
  const facts = [
    when(row), mix(row), row[F.replies] ? say("card.replies", { n: number(row[F.replies]) }) : "",
    row[F.reach] > 1 ? say("card.reach", { n: number(row[F.reach]) }) : "",
    row[F.copies] ? say("card.copies", { n: number(row[F.copies]) }) : "",
    row[F.sampled] ? say("card.sampled") : "", data.words[row[F.place]], row[F.id]];
  const line = element("p", "facts");
  facts.filter(Boolean).forEach((fact, place) => line.append(place ? " · " : "", typeof fact === "string" ? stranger("bdi", "", fact) : fact));
  return element("div", "", title, line);
}

function when(row) {
  if (row[F.when] !== null) {
    const time = new Date(row[F.when] * 1000);
    const node = element("time", "", timeFormat.format(time));
    node.dateTime = time.toISOString();
    return node;
  }
  return row[F.age] || "";
}

function mix(row) {
  const node = element("span", "mix", element("span", "hidden", `${say("card.languages")}: `));
  const flat = row[F.languages];
  for (let n = 0; n < flat.length; n += 2) {
    const label = flat.length > 2 ? `${languageName(flat[n])} ${flat[n + 1]} %` : languageName(flat[n]);
    node.append(n ? " " : "", element("span", `tag ${tint(flat[n])}`, label));
  }
  return node;
}

function under(row) {
  const title = data.words[row[F.article]];
  const node = element("p", "under", `${say("card.under")}: `);
  if (!title) node.append(say("card.no_article"));
  else if (/^https?:\/\//.test(data.words[row[F.url]] || "")) {
    const link = stranger("a", "", title);
    link.href = data.words[row[F.url]];
    link.rel = "noreferrer noopener";
    node.append(link);
  } else node.append(stranger("bdi", "", title));
  if (row[F.better] !== null) node.append(element("br"), `${say("card.better")}: `, stranger("bdi", "", data.words[row[F.better]]));
  return node;
}

function words(row, whole) {
  const text = row[F.text];
  const node = element("div", "words");
  const cut = !whole && text.length > CUT + 500;
  node.append(commentText(row, cut ? CUT : text.length));
  if (cut) {
    const all = element("button", "", say("card.show_all", { n: number(text.length) }));
    all.type = "button";
    all.addEventListener("click", () => {
      const full = commentText(row, text.length);
      full.tabIndex = -1;
      node.replaceChildren(full);
      full.focus();
    });
    node.append(all);
  }
  if (row[F.leftOut]) node.append(element("p", "facts", say("card.left_out", { n: number(row[F.leftOut]) })));
  return node;
}

function section(kind, title, ...children) { return element("section", kind, element("h4", "", title), ...children); }

function reasons(row) {
  const list = element("ul", "whys");
  for (let n = 0; n < row[F.whys].length; n += 2) {
    const [rule, action, because, score, threshold] = data.rules[row[F.whys][n]];
    const value = row[F.whys][n + 1];
    const told = score === null || value === null ? say("card.rule", { rule }) :
      say(score === "relevance" ? "card.below" : "card.at_least",
        { score: say(`score.${score}`), value: value.toFixed(2), threshold: threshold.toFixed(2), rule });
    list.append(element("li", "", element("span", `badge ${action}`, say(`action.${action}`)), " ",
      element("b", "", sentence(rule, because)), " ", element("span", "facts", told)));
  }
  if (row[F.failure]) list.append(element("li", "", say("card.failure", { failure: row[F.failure] })));
  return section("reasons", say("card.why"), list);
}

function evidence(row) {
  const list = element("ul", "evidence");
  const unit = units(row[F.text]);
  for (let n = 0; n < row[F.marks].length; n += 4) {
    const [start, end, score, cue] = row[F.marks].slice(n, n + 4);
    const text = row[F.text].slice(unit(start), unit(end));
    list.append(element("li", "", stranger("mark", "", clipped(text, 160)),
      ` ${say(`score.${data.scores[score]}`)} `, stranger("bdi", "facts", beyondUsual(data.words[cue]))));
  }
  const node = element("div");
  if (list.childElementCount) node.append(section("decisive", say("card.words"), list));
  const relevant = row[F.whys].some((rule, n) => n % 2 === 0 && data.rules[rule][3] === "relevance");
  const note = relevant ? say("card.off_topic") : row[F.via] === "thread" ? say("card.via_thread") : "";
  if (row[F.nearest] !== null)
    node.append(section("nearest", say("card.nearest"), stranger("blockquote", "", data.words[row[F.nearest]]),
      note ? element("p", "facts", note) : null));
  return node;
}

// Of every deciding word it is true that it raises the score: only what is known besides is worth reading.
function beyondUsual(cue) {
  return cue.split("; ").filter((part) => part !== data.strings.en["card.raise"]).join("; ");
}

function scores(row) {
  const table = element("table", "scores");
  const body = table.createTBody();
  data.scores.forEach((name, place) => {
    const value = row[F.scores][place];   // in ten-thousandths
    if (value === null || value === undefined) return;
    const line = body.insertRow();
    const head = element("th", "", say(`score.${name}`));
    head.scope = "row";
    const bar = element("span", "meter", element("span", ""));
    bar.firstChild.style.width = `${value / 100}%`;
    bar.setAttribute("aria-hidden", "true");
    const level = say(`level.${Math.min(4, Math.floor(value / 2000))}`);
    line.append(head, element("td", "", bar), element("td", "", say("card.likely", { level, value: Math.round(value / 100) })));
  });
  const stance = data.words[row[F.stance]];
  return section("thinks", say("card.scores"),
    stance ? element("p", "", say("stance.label", { stance: say(`stance.${stance}`) })) : null, table,
    element("p", "facts", say("card.tier", { tier: say(`overview.${row[F.tier]}`) })));
}

// A neighbour is a number: below 0 one that is itself in the list, else one of those that stand beside it only.
function near(place) {
  if (place === null || place === undefined) return null;
  if (place >= 0) {
    const found = line("near", place);
    if (found === null) return null;
    const [id, author, text] = JSON.parse(found);
    return { id, author, text, listed: -1 };
  }
  const listed = row(-1 - place);
  if (!listed) return null;
  return { id: listed[F.id], author: listed[F.author], text: listed[F.text], listed: -1 - place };
}

function quoted(label, { id, author, text, listed }) {
  const head = element("p", "facts", element("span", "label", label), " ", stranger("bdi", "", clipped(author || say("card.no_name"), 80)), " · ");
  if (listed >= 0) {
    const go = stranger("button", "link", id);
    go.type = "button";
    go.dataset.go = listed;
    head.append(go);
  } else head.append(stranger("bdi", "", id));
  return element("div", "near", head, stranger("blockquote", "", clipped(text, 400)));
}

function around(row) {
  const answers = row[F.answers].map(near).filter(Boolean);
  const told = new Set([near(row[F.parent])?.id, ...answers.map((answer) => answer.id)]);
  const before = near(row[F.before]);
  const after = near(row[F.after]);
  const parts = [];
  if (before && !told.has(before.id)) parts.push(quoted(say("card.before"), before));
  parts.push(...answers.map((answer) => quoted(say("card.answer"), answer)));
  if (answers.length && row[F.replies] > answers.length)
    parts.push(element("p", "facts", say("card.more_answers", { n: number(row[F.replies] - answers.length) })));
  if (after && !told.has(after.id)) parts.push(quoted(say("card.after"), after));
  return parts.length ? section("thread", say("card.thread"), ...parts) : "";
}
