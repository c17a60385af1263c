import { toast } from "./toast.js";
import { wordsOf } from "./words.js";

/** What a refusal's page says in its first head, which is the problem's title. */
function title(html) {
  return new DOMParser().parseFromString(html, "text/html").querySelector("h1")?.textContent.trim();
}

/**
 * Answers that are no fragment. A form answers 422 (or 400) with itself and is swapped; every other refusal leaves the
 * page as it is and says its title (`noSwap` in base.html). A redirect to a whole page is followed as one.
 */
export function startAnswers() {
  document.addEventListener("htmx:before:swap", (event) => {
    const context = event.detail?.ctx;
    const answer = context?.response?.raw;
    if (answer?.redirected && /^\s*<!doctype/i.test(context.text)) {
      event.preventDefault();
      location.assign(answer.url);
    }
  });
  document.addEventListener("htmx:response:error", (event) => {
    const { response, text } = event.detail.ctx;
    if (response.status === 400 || response.status === 422) return;
    toast(title(text ?? "") || wordsOf()("refused", response.status));
  });
  document.addEventListener("htmx:error", () => toast(wordsOf()("silent")));
}
