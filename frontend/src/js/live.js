import { all, one } from "./dom.js";
import { announce } from "./toast.js";

const LONGEST = 30_000;

/**
 * A part of the page that follows the server until it is settled:
 *   <section id="state" data-live="/requests/7/state" data-live-every="2" data-live-say="Being granted">
 * With data-live-events the server tells by server-sent events when to ask.
 * The server answers with the same element again. It is asked every so many seconds, more slowly while
 * nothing changes or the network fails, not at all in a hidden tab, and no longer once the answer has no
 * data-live. A changed data-live-say is announced. Without a script the page says when to reload.
 */
export function startLive(htmx) {
  const watched = new Map();
  const streams = new Map();
  const heard = new Set();

  /** Where the server tells of moves (data-live-events), it is asked at once; else now and then. */
  function listen(id, address) {
    if (!address || streams.has(id)) return;
    const stream = new EventSource(address);
    let mark;
    stream.addEventListener("moved", ({ data }) => {
      const news = mark !== data;
      mark = data;
      heard.add(id);
      if (news) reset(id, true);
    });
    // A refusal (no stream is free) closes it for good: asking now and then goes on.
    stream.addEventListener("error", () => { heard.delete(id); reset(id); });
    streams.set(id, stream);
  }

  function reset(id, now) {
    clearTimeout(watched.get(id));
    return now ? ask(id, 0) : next(id, 0);
  }

  function leave(id) {
    streams.get(id)?.close();
    streams.delete(id);
    heard.delete(id);
    return watched.delete(id);
  }

  function watch() {
    for (const element of all("[data-live][id]")) if (!watched.has(element.id)) next(element.id, 0);
  }

  function next(id, quiet) {
    const element = one(`#${CSS.escape(id)}`);
    if (!element?.dataset.live) return leave(id);
    listen(id, element.dataset.liveEvents);
    const every = Number(element.dataset.liveEvery || 3) * 1000;
    const wait = heard.has(id) ? LONGEST : Math.min(LONGEST, every * 1.25 ** Math.min(quiet, 12));
    return watched.set(id, setTimeout(() => ask(id, quiet), wait));
  }

  async function ask(id, quiet) {
    const element = one(`#${CSS.escape(id)}`);
    if (!element?.dataset.live) return leave(id);
    if (document.hidden) return next(id, quiet);
    const before = element.outerHTML;
    const said = element.dataset.liveSay;
    try {
      const answer = await fetch(element.dataset.live, { headers: { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Target": `${element.localName}#${id}` } });
      if (answer.redirected) return location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      await htmx.swap({ sourceElement: element, target: element, swap: "outerMorph", text: await answer.text() });
    } catch {
      return next(id, quiet + 1);
    }
    const after = one(`#${CSS.escape(id)}`);
    if (after && after.dataset.liveSay && after.dataset.liveSay !== said) announce(after.dataset.liveSay);
    return next(id, after?.outerHTML === before ? quiet + 1 : 0);
  }

  watch();
  document.addEventListener("htmx:after:swap", watch);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    for (const [id, timer] of watched) {
      clearTimeout(timer);
      ask(id, 0);
    }
  });
}
