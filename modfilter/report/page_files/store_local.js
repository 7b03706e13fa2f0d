// Keeps verdicts in this browser's local storage, an item each, so that saving one costs the same whether it is
// the first or the 50,000th.
//
// A store has three functions; another file may define `openStore` in another way (over HTTP, say):
//   load()         gives [{id, verdict, reason, moderator, at}, ...], or a promise of it
//   save(verdict)  keeps one; {verdict: null} takes it back; throws, or gives a promise that is rejected, where it cannot
//   watch(changed, trouble) calls changed(verdict) when another window decided, and trouble(name of a string, or null)
function openStore(key) {
  const prefix = `modfilter:${key}:`;
  const unpacked = (id, text) => {
    const [verdict, reason, at, ...moderator] = text.split("|");
    return { id, verdict, reason: reason || null, moderator: moderator.join("|"), at };
  };
  return {
    load() {
      const found = [];
      for (let place = 0; place < localStorage.length; place++) {
        const name = localStorage.key(place);
        if (name.startsWith(prefix)) found.push(unpacked(name.slice(prefix.length), localStorage.getItem(name)));
      }
      return found;
    },
    save({ id, verdict, reason, moderator, at }) {
      if (verdict === null) localStorage.removeItem(prefix + id);
      else localStorage.setItem(prefix + id, [verdict, reason || "", at, moderator].join("|"));
    },
    watch(changed) {
      window.addEventListener("storage", (event) => {
        if (!event.key || !event.key.startsWith(prefix)) return;
        const id = event.key.slice(prefix.length);
        changed(event.newValue === null ? { id, verdict: null } : unpacked(id, event.newValue));
      });
    },
  };
}
