import { all, onContent } from "./dom.js";
import { wordsOf } from "./words.js";

const STEPS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]];
// "en" alone would be American times.
const say = wordsOf();
const language = { en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const clock = new Intl.DateTimeFormat(language, { timeStyle: "short" });

/** A day as the server writes it: 21 Nov 2026 in a text and in a time element are the same. */
function day(moment) {
  const month = say("months").split(" ")[moment.getMonth()];
  return say("day", moment.getDate(), { month, year: moment.getFullYear() });
}

const exact = (moment) => `${day(moment)}, ${clock.format(moment)}`;

function since(moment) {
  const seconds = (moment - Date.now()) / 1000;
  for (const [unit, size] of STEPS) {
    if (Math.abs(seconds) >= size) return relative.format(Math.trunc(seconds / size), unit);
  }
  return relative.format(0, "second");
}

/** Times come in UTC; show them in the reader's own zone and keep both in the title. */
function localise(root) {
  for (const element of all("time[data-time]", root)) {
    const moment = new Date(element.dateTime);
    if (Number.isNaN(moment.getTime())) continue;
    const style = element.dataset.time;
    const text = style === "relative" ? since(moment) : style === "date" ? day(moment) : exact(moment);
    if (element.textContent !== text) element.textContent = text;
    element.title = `${exact(moment)} · ${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  }
}

export function startTimes() {
  onContent(localise);
  setInterval(() => document.hidden || localise(document), 30_000);
}
