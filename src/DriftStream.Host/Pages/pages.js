// Keeps a page that shows the present up to date. Without it the page is the same, as of its making.
(() => {
  "use strict";
  const bar = document.querySelector("[data-live]"), main = document.querySelector("main"), footer = document.querySelector("footer");
  if (!bar || !main || !window.EventSource) return;
  const button = bar.querySelector("button"), said = bar.querySelector("[aria-live]"), link = bar.querySelector("a");
  const pausedKey = "driftstream.paused", hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
  let shown = main.innerHTML, from = bar.dataset.live, source = null, retry = 0, busy = false, again = null, lastSaid = 0;
  let paused = false;
  try { paused = localStorage.getItem(pausedKey) !== null; } catch { /* storage may be forbidden */ }

  // Pointing at a moment shows it where the reader is, too: what stands there is UTC, which everybody reads.
  const local = new Intl.DateTimeFormat(undefined, { year: "numeric", month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });
  function localise() {
    for (const time of document.querySelectorAll("time[datetime]")) {
      const at = new Date(time.dateTime);
      if (!isNaN(at)) time.title = `${time.dateTime} (${local.format(at)})`;
    }
  }

  // Fields that the reader is in, or has changed.
  const isTyping = () => [...main.querySelectorAll("input:not([type=hidden]), textarea, select")].some(f =>
    f === document.activeElement || (f.options ? [...f.options].some(o => o.selected !== o.defaultSelected) : f.value !== f.defaultValue || f.checked !== f.defaultChecked));
  const isSelecting = () => { const s = getSelection(); return !!s && !s.isCollapsed && main.contains(s.anchorNode); };
  const alike = (a, b) => a.localName === b.localName && ["id", "href", "aria-label"].every(n => a.getAttribute(n) === b.getAttribute(n));

  // Where the reader is: what has the focus, how far tables are scrolled, and which heading is at which height of the window.
  function place() {
    const focus = main.contains(document.activeElement) ? document.activeElement : null;
    const same = focus ? [...main.querySelectorAll(focus.localName)].filter(e => alike(e, focus)).indexOf(focus) : -1;
    const anchor = [...main.querySelectorAll("[id]")].filter(e => e.getBoundingClientRect().top < innerHeight / 3).pop();
    const top = anchor ? anchor.getBoundingClientRect().top : 0, scrolled = [...main.querySelectorAll(".wide, .columns")].map(e => e.scrollLeft);
    return () => {
      const wide = [...main.querySelectorAll(".wide, .columns")];
      if (wide.length === scrolled.length) wide.forEach((e, i) => { e.scrollLeft = scrolled[i]; });
      const there = anchor && document.getElementById(anchor.id);
      if (there) scrollBy({ top: there.getBoundingClientRect().top - top, behavior: "instant" });
      if (!focus) return;
      const found = [...main.querySelectorAll(focus.localName)].filter(e => alike(e, focus));
      const next = found[Math.min(same, found.length - 1)] ?? main;
      if (next === main) main.tabIndex = -1;
      next.focus({ preventScroll: true });
    };
  }

  function say(text, always) {
    if (!always && Date.now() - lastSaid < 30000) return;
    lastSaid = Date.now();
    said.textContent = text;
  }

  function stop(text) {
    if (source) source.close();
    source = null;
    clearTimeout(retry);
    if (text) say(text, true);
  }

  async function look(isNews) {
    if (busy) { again = again || isNews; return; }
    busy = true;
    try {
      const answer = await fetch(location.pathname + location.search, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.status === 429 || answer.status === 503) return;
      const page = answer.ok || answer.status === 404 ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
      const newer = page?.querySelector("main"), live = page?.querySelector("[data-live]");
      if (!newer || !live) { stop("Updates have stopped. Reload the page."); link.hidden = false; return; }
      if (paused) return;
      from = live.dataset.live;
      if (newer.innerHTML !== shown) {
        if (isTyping() || isSelecting()) { link.hidden = false; say("There is something newer.", link.hidden); return; }
        const back = place();
        shown = newer.innerHTML;
        document.title = page.title;
        main.replaceChildren(...newer.childNodes);
        localise();
        back();
        link.hidden = true;
        if (isNews) say(`Updated ${hour.format(new Date())} UTC`, false);
      }
      footer.replaceChildren(...page.querySelector("footer").childNodes);
    } catch {
      // The worker is away; the stream ends too, and begins again when it is back.
    } finally {
      busy = false;
      if (again !== null) { const news = again; again = null; look(news); }
    }
  }

  function start() {
    stop();
    if (paused || document.hidden) return;
    const own = source = new EventSource(from);
    own.addEventListener("newer", () => look(true));
    own.addEventListener("beat", () => look(false));
    own.onerror = () => {
      if (own !== source || own.readyState !== EventSource.CLOSED) return;
      stop();
      retry = setTimeout(start, 30000 + 30000 * Math.random());
    };
  }

  function show() {
    button.textContent = paused ? "Resume updates" : "Pause updates";
    bar.hidden = false;
  }

  button.addEventListener("click", () => {
    paused = !paused;
    try { if (paused) localStorage.setItem(pausedKey, ""); else localStorage.removeItem(pausedKey); } catch { /* as above */ }
    show();
    say(paused ? "Paused" : "", true);
    start();
  });
  link.href = location.href;
  document.addEventListener("visibilitychange", start);
  addEventListener("pagehide", () => stop());
  addEventListener("pageshow", event => { if (event.persisted) start(); });
  localise();
  show();
  start();
})();
