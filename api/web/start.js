// The form: a dropped or chosen file, or a link; and the options, which the browser remembers.

import { ask, get, upload } from "./api.js";
import { Queue } from "./queue.js";
import { t } from "./language.js";
import { takeShared } from "./shared.js";
import { shapeOfFile } from "./stream.js";
import { FORMATS, format, stem } from "./words.js";

const $ = (id) => document.getElementById(id);
const OPTIONS = "voicelift.options";
const STEMS = ["vocals", "instrumental"]; // the default selection

let model = null; // from GET /v1/models

/** Connect the form. `song` shows an upload; then `accepted(job)` or `refused(problem)` is called. Several files are
 * sent from the queue, with `queued(job)` for each accepted one. */
export function connect(song, { accepted, refused, queued }) {
  const form = $("start");
  const queue = new Queue($("queue"), $("files"), queued);
  offerStems(STEMS); // until the models have loaded
  const take = (files) => (files.length === 1 && $("queue").hidden ? send(files[0]) : queue.add(files, fields()));
  const send = async (file) => {
    if (location.hash) history.pushState(null, "", location.pathname);
    const { signal, progress } = song.sending(file.name, stems());
    form.hidden = true;
    $("song").focus();
    addEventListener("beforeunload", stay);
    shapeOfFile(file).then((shape) => signal.aborted || song.foreshadow(shape));
    try {
      accepted(await upload(file, fields(), progress, signal));
    } catch (problem) {
      if (!signal.aborted) refused(problem);
    } finally {
      removeEventListener("beforeunload", stay);
    }
  };

  $("file").addEventListener("change", () => {
    const files = [...$("file").files];
    $("file").value = ""; // so that the same file can be chosen again
    if (files.length) take(files);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const url = $("link").value.trim();
    if (!url) return $("link").focus();
    try {
      const json = { ...Object.fromEntries(fields()), stems: stems(), source_url: url };
      accepted(await (await ask("POST", "/v1/jobs", { json })).json());
      $("link").value = "";
    } catch (problem) {
      refused(problem);
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "stems" && !stems().length) event.target.checked = true; // at least one
    localStorage.setItem(OPTIONS, JSON.stringify(fields()));
  });

  takeShared(take);

  // The whole window accepts a file, also while a song is shown.
  const carries = (event) => event.dataTransfer?.types.includes("Files");
  addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.add("dragging");
  });
  addEventListener("dragleave", (event) => event.relatedTarget ?? document.body.classList.remove("dragging"));
  addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    document.body.classList.remove("dragging");
    const files = [...event.dataTransfer.files];
    if (files.length) take(files);
  });
}

const stay = (event) => event.preventDefault(); // the browser asks before it cancels an upload

const stems = () => [...document.querySelectorAll("[name=stems]:checked")].map((box) => box.value);

/** The options as form fields. */
function fields() {
  const quality = document.querySelector("[name=quality]:checked").value;
  return [["quality", quality], ["format", $("format").value], ["stems", stems().join(",")]];
}

/** Load the service's options and restore the last selection. Throws Problem. */
export async function offer() {
  [model] = (await get("/v1/models")).models;
  $("terms").hidden = model.commercial_use;
  offerStems(model.stems);
  name();
  for (const choice of document.querySelectorAll("[name=quality]")) choice.parentElement.hidden = !model.qualities[choice.value];
  for (const [name, value] of JSON.parse(localStorage.getItem(OPTIONS) ?? "[]")) {
    if (name === "format" && model.formats.includes(value)) $("format").value = value;
    if (name === "quality") for (const choice of document.querySelectorAll("[name=quality]")) choice.checked = choice.value === value;
    if (name === "stems") for (const box of document.querySelectorAll("[name=stems]")) box.checked = value.split(",").includes(box.value);
  }
}

/** Name the options in the current language. */
export function name() {
  for (const box of document.querySelectorAll("[name=stems]")) box.nextElementSibling.textContent = stem(box.value);
  if (!model) return;
  const chosen = $("format").value;
  const formats = model.formats.filter((known) => FORMATS.includes(known));
  $("format").replaceChildren(...formats.map((known) => new Option(format(known), known, false, known === chosen)));
  for (const choice of document.querySelectorAll("[name=quality]")) {
    const preset = model.qualities[choice.value];
    if (preset) choice.parentElement.title = t("start.steps", { count: preset.steps });
  }
}

/** A checkbox for each of `stems`; two are checked. */
function offerStems(stems) {
  $("stems").replaceChildren(
    ...stems.map((value) => {
      const label = $("choice").content.firstElementChild.cloneNode(true);
      const box = label.querySelector("input");
      Object.assign(box, { type: "checkbox", name: "stems", value, checked: STEMS.includes(value) });
      label.querySelector("span").textContent = stem(value);
      return label;
    }),
  );
}
