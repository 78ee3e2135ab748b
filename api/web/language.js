// The page's words, from one file per language. The browser chooses the language unless somebody has.

const CHOSEN = "voicelift.language";

export const LANGUAGES = { en: "English", de: "Deutsch", es: "Español", fr: "Français", pt: "Português", ja: "日本語" };

let words = {};

/** What of `data-…` becomes what of the element. */
const PLACES = { t: "textContent", tLabel: "ariaLabel", tPlaceholder: "placeholder" };

export const language = () => document.documentElement.lang;

/** The words of `key`, with `{name}` replaced by `values.name`. */
export const t = (key, values = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => values[name]);

export const knows = (key) => key in words;

/** Put the words into all of `root` that names them. */
export function translate(root) {
  for (const [place, property] of Object.entries(PLACES)) {
    const name = place.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    for (const element of root.querySelectorAll(`[data-${name}]`)) element[property] = t(element.dataset[place]);
  }
}

/** Speak `name` from now on, and in this browser later. */
export async function speak(name) {
  words = await (await fetch(new URL(`languages/${name}.json`, import.meta.url))).json();
  document.documentElement.lang = name;
  translate(document);
}

export function choose(name) {
  localStorage.setItem(CHOSEN, name);
  return speak(name);
}

/** The first language of the browser's that the page has. */
function preferred() {
  const wanted = [localStorage.getItem(CHOSEN), ...navigator.languages].map((name) => name?.slice(0, 2).toLowerCase());
  return wanted.find((name) => name in LANGUAGES) ?? "en";
}

await speak(preferred());
