// Keeps verdicts on the server, which writes down who said what and when. What cannot be sent waits in this tab, and
// outlives a reload and a new login; what others say comes every five seconds.
const EVERY = 5000;   // milliseconds

function openStore() {
  const { site, seen } = data.live;
  const unsent = new Map();   // verdicts that the server does not have yet, the last one on each comment
  const newest = new Map();   // the number of the last row that is known of each comment: answers may come out of order
  let after = data.live.after;
  let who = null;
  let early = [];             // what came before anybody watched
  let changed = (verdict) => early.push(verdict);
  let told = undefined;
  let trouble = (name) => { told = name; };

  const key = () => `modfilter:unsent:${site}:${who}`;
  function remember() {
    try { sessionStorage.setItem(key(), JSON.stringify([...unsent.values()])); } catch { /* they wait while the page is open */ }
  }
  function remembered() {
    try { return JSON.parse(sessionStorage.getItem(key())) || []; } catch { return []; }
  }

  async function ask(address, options) {
    const response = await fetch(address, { cache: "no-store", ...options });
    if (!response.ok) throw response.status;
    return response.json();
  }

  function take(found) {
    if (unsent.has(found.id) || found.number <= (newest.get(found.id) ?? 0)) return;
    newest.set(found.id, found.number);
    changed(found);
  }

  // Sends what waits, one after the other: the order in which things were said must stay.
  async function send() {
    for (const said of [...unsent.values()]) {
      const { id, verdict, reason } = said;
      try {
        const found = await ask("/queue/verdicts", {
          method: "POST", headers: { "Content-Type": "application/json" },
          body: JSON.stringify({ site, seen: said.seen, moderator: who, id, verdict, reason }) });
        settled(said);
        take(found);
      } catch (status) {
        if (![404, 409, 422].includes(status)) throw status;
        settled(said);   // it would be refused again
        throw "refused";
      }
    }
  }

  function settled(said) {
    if (unsent.get(said.id) === said) unsent.delete(said.id);
    remember();
  }

  async function refresh() {
    const answer = await ask(`/queue/verdicts?${new URLSearchParams({ site, seen, after })}`);
    if (who !== null && answer.moderator !== who) { location.reload(); return; }   // somebody else has logged in
    if (who === null) {
      who = answer.moderator;
      $("moderator").value = who;
      offerSites(answer.sites);
      for (const said of remembered()) {
        unsent.set(said.id, said);
        changed(said);
      }
    }
    after = Math.max(after, answer.number);
    answer.verdicts.forEach(take);
    tellNewer(answer.waiting);
  }

  function offerSites(sites) {
    $("sites").hidden = sites.length < 2;
    for (const name of sites) $("site").append(new Option(name, name, name === site, name === site));
    $("site").addEventListener("change", () => {
      const asked = new URLSearchParams(location.search);
      asked.set("site", $("site").value);
      location.search = asked;
    });
  }

  function tellNewer(count) {
    const link = $("newer").firstElementChild;
    $("newer").hidden = !count;
    if (count) link.textContent = say("page.newer", { n: number(count) });
  }

  let work = Promise.resolve();
  function inOrder(...tasks) {
    for (const task of tasks) work = work.then(task);
    work = work.then(() => trouble(null), (why) =>
      trouble(why === 401 ? "page.logged_out" : why === "refused" ? "page.refused" : "page.offline"));
    return work;
  }

  async function again() {
    await inOrder(send, refresh);
    setTimeout(again, EVERY);
  }

  return {
    async load() {
      // "?login" only tells the server that a cookie was given out.
      if (location.search === "?login") history.replaceState(null, "", location.pathname + location.hash);
      await inOrder(refresh);
      const found = early;
      early = [];
      return found;
    },
    save({ id, verdict, reason, moderator, at }) {
      unsent.set(id, { id, verdict, reason, moderator, at, seen });
      remember();
      inOrder(send);
    },
    watch(onChange, onTrouble) {
      changed = onChange;
      trouble = onTrouble;
      if (told !== undefined) trouble(told);
      early.forEach(changed);
      setTimeout(again, EVERY);
    },
  };
}
