// Builds static/dist from frontend/src: `npm run build`. Two runs give the same bytes.
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const source = path.join(here, "src");
const modules = path.join(here, "node_modules");
const target = path.join(root, "static", "dist");

// Built beside the old output and put in its place at the end: a failed build leaves the old one.
const dist = path.join(root, "static", ".dist-new");
fs.rmSync(dist, { recursive: true, force: true });
fs.mkdirSync(dist, { recursive: true });

// app.js carries htmx; lineage.js and lab.js are chunks of their own, fetched where they are needed.
await esbuild.build({
  entryPoints: [path.join(source, "app.js"), path.join(source, "lineage.js"), path.join(source, "lab.js"), path.join(source, "passkeys.js")],
  bundle: true, minify: true, format: "esm", target: "es2022", outdir: dist, legalComments: "none",
});
await esbuild.build({
  entryPoints: [path.join(source, "app.css"), path.join(source, "console.css"), path.join(source, "lineage.css"), path.join(source, "lab.css")],
  bundle: true, minify: true, outdir: dist, external: ["*.woff2"], legalComments: "none",
  target: ["chrome123", "firefox128", "safari17.5"],
});

const FONTS = { "instrument-sans": "instrument", "bricolage-grotesque": "bricolage", "geist-mono": "geistmono" };
for (const [name, file] of Object.entries(FONTS)) {
  for (const [subset, suffix] of [["latin", ""], ["latin-ext", "-ext"]]) {
    fs.copyFileSync(
      path.join(modules, "@fontsource-variable", name, "files", `${name}-${subset}-wght-normal.woff2`),
      path.join(dist, `${file}${suffix}.woff2`),
    );
  }
}

// One sprite with the icons that are named somewhere: {% icon "x" %} in templates, and the lists
// of names in icons.json (icons that Python or data choose at run time).
function* files(folder, ending) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const at = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* files(at, ending);
    else if (entry.name.endsWith(ending)) yield at;
  }
}
const icons = new Set(JSON.parse(fs.readFileSync(path.join(here, "icons.json"), "utf8")));
for (const file of files(path.join(root, "templates"), ".html")) {
  const text = fs.readFileSync(file, "utf8");
  for (const [, icon] of text.matchAll(/\{%\s*icon\s+["']([a-z0-9-]+)["']/g)) icons.add(icon);
}
const symbols = [...icons].sort().map((icon) => {
  const file = path.join(modules, "lucide-static", "icons", `${icon}.svg`);
  if (!fs.existsSync(file)) throw new Error(`lucide-static has no icon "${icon}"`);
  const svg = fs.readFileSync(file, "utf8");
  const inner = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1).replace("</svg>", "").replace(/\s+/g, " ").trim();
  return `<symbol id="${icon}" viewBox="0 0 24 24">${inner}</symbol>`;
});
fs.writeFileSync(path.join(dist, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`);
fs.copyFileSync(path.join(source, "favicon.svg"), path.join(dist, "favicon.svg"));

// The licences of what is shipped (0BSD, ISC, MIT, OFL) stand beside it.
const shipped = Object.keys(JSON.parse(fs.readFileSync(path.join(here, "package.json"), "utf8")).dependencies).sort();
const texts = shipped.map((name) => {
  const folder = path.join(modules, name);
  const licence = fs.readdirSync(folder).find((file) => /^licen[cs]e/i.test(file));
  if (!licence) throw new Error(`no licence text in ${name}`);
  return `${name}\n${"=".repeat(name.length)}\n${fs.readFileSync(path.join(folder, licence), "utf8").trim()}\n`;
});
fs.writeFileSync(path.join(dist, "LICENSES.txt"), texts.join("\n\n"));
fs.rmSync(target, { recursive: true, force: true });
fs.renameSync(dist, target);
console.log(`${icons.size} icons, ${fs.readdirSync(target).length} files in static/dist`);
