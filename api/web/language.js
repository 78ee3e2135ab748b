// The page's texts, from one file per language. Default: the browser's language.

const CHOSEN = "voicelift.language";

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", pt: "Português", ja: "日本語" };

let words = {};

/** `data-…` attribute -> property of the element. */
const PLACES = { t: "textContent", tLabel: "ariaLabel", tPlaceholder: "placeholder" };

export const language = () => document.documentElement.lang;

/** The text of `key`, with `{name}` replaced by `values.name`. */
export const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const knows = (key) => key in words;

/** Set the texts of all elements of `root` that name one. */
export function translate(root) {
  for (const [place, property] of Object.entries(PLACES)) {
    const name = place.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    for (const element of root.querySelectorAll(`[data-${name}]`)) element[property] = t(element.dataset[place]);
  }
}

/** Switch to the language `name` and remember it. */
export async function speak(name) {
  words = await (await fetch(new URL(`languages/${name}.json`, import.meta.url))).json();
  document.documentElement.lang = name;
  translate(document);
}

export function choose(name) {
  localStorage.setItem(CHOSEN, name);
  return speak(name);
}

/** The browser's first language that the page supports. */
function preferred() {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages].map((name) => name?.slice(0, 2).toLowerCase());
  return wanted.find((name) => name in LANGUAGES) ?? "en";
}

await speak(preferred());
