import { all, onContent } from "./dom.js";

const STEPS = [["year", 31_536_000], ["month", 2_592_000], ["day", 86_400], ["hour", 3_600], ["minute", 60]];
// "en" alone would be American dates: the pages write 21 Nov 2026, whoever reads them.
const language = { en: "en-GB" }[document.documentElement.lang] ?? document.documentElement.lang;
const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto", style: "short" });
const exact = new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
const day = new Intl.DateTimeFormat(language, { dateStyle: "medium" });

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
    const text = style === "relative" ? since(moment) : style === "date" ? day.format(moment) : exact.format(moment);
    if (element.textContent !== text) element.textContent = text;
    element.title = `${exact.format(moment)} · ${moment.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  }
}

export function startTimes() {
  onContent(localise);
  setInterval(() => document.hidden || localise(document), 30_000);
}
