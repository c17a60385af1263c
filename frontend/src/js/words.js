/**
 * What a script says comes with the page, in its language: data-words of the body, or of an element of its own.
 * A word is a text, or a pair for one and for many; {n} is the number, other names stand for what is given.
 */
export function wordsOf(element = document.body) {
  const known = JSON.parse(element.dataset.words || "{}");
  return (key, n, given = {}) => {
    const found = known[key] ?? key;
    const text = Array.isArray(found) ? found[n === 1 ? 0 : 1] : found;
    return text.replace(/\{(\w+)\}/g, (whole, name) => (name === "n" ? n : given[name]) ?? whole);
  };
}
