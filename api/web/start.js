// Where a song comes from: a file that is dropped or chosen, or a link; and the options, which the browser remembers.

import { ask, get, upload } from "./api.js";
import { shapeOfFile } from "./stream.js";
import { FORMATS } from "./words.js";

const $ = (id) => document.getElementById(id);
const OPTIONS = "voicelift.options";

/** Connect the form. `song` shows what is being sent; then `accepted(job)` or `refused(problem)` goes on. */
export function connect(song, { accepted, refused }) {
  const form = $("start");
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
    const [file] = $("file").files;
    $("file").value = ""; // so that the same file can be chosen again
    if (file) send(file);
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
    if (event.target.name === "stems" && !stems().length) event.target.checked = true; // one at least
    localStorage.setItem(OPTIONS, JSON.stringify(fields()));
  });

  // The whole window takes a file, also while another song is shown.
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
    if (event.dataTransfer.files[0]) send(event.dataTransfer.files[0]);
  });
}

const stay = (event) => event.preventDefault(); // the browser asks before it drops an upload

const stems = () => [...document.querySelectorAll("[name=stems]:checked")].map((box) => box.value);

/** The options as form fields. */
function fields() {
  const quality = document.querySelector("[name=quality]:checked").value;
  return [["quality", quality], ["format", $("format").value], ["stems", stems().join(",")]];
}

/** Ask what the service offers, and put the options where they were left. Throws Problem. */
export async function offer() {
  const [model] = (await get("/v1/models")).models;
  $("format").replaceChildren(
    ...model.formats
      .filter((format) => FORMATS[format])
      .map((format) => new Option(FORMATS[format], format)),
  );
  for (const choice of document.querySelectorAll("[name=quality]")) {
    const preset = model.qualities[choice.value];
    choice.parentElement.hidden = !preset;
    if (preset) choice.parentElement.title = `${preset.steps} steps`;
  }
  if (!model.commercial_use) {
    $("terms").textContent = "The model that works here is for research and non-commercial use.";
    $("terms").hidden = false;
  }
  for (const [name, value] of JSON.parse(localStorage.getItem(OPTIONS) ?? "[]")) {
    if (name === "format" && model.formats.includes(value)) $("format").value = value;
    if (name === "quality") for (const choice of document.querySelectorAll("[name=quality]")) choice.checked = choice.value === value;
    if (name === "stems") for (const box of document.querySelectorAll("[name=stems]")) box.checked = value.split(",").includes(box.value);
  }
}
