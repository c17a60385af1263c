/** The theme stands in a cookie, so that the server writes it and no page flashes. */
export function switchTheme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const root = document.documentElement;
  const now = root.dataset.theme || (dark ? "dark" : "light");
  const next = now === "dark" ? "light" : "dark";
  root.dataset.theme = next;
  const secure = location.protocol === "https:" ? ";secure" : "";
  document.cookie = `theme=${next};path=/;max-age=31536000;samesite=lax${secure}`;
}

export function startTheme() {
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-theme-toggle]")) switchTheme();
  });
}
