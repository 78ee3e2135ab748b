// One song on the page: its upload, its job as it goes on, listening to it, and what came out.

import { ask, ended, follow, open } from "./api.js";
import { Stem } from "./stream.js";
import { NAMES, FORMATS, clock, facts, left, notes, size, spoken, stage, title } from "./words.js";

const $ = (id) => document.getElementById(id);
const PARTS = ["vocals", "instrumental"];

export class Song {
  job = null;

  #player;
  #waves;
  #tell; // {problem(error), news(), gone()}: what the page around wants to know
  #stop = new AbortController();
  #stems = [];
  #said = "";

  constructor(player, waves, tell) {
    this.#player = player;
    this.#waves = waves;
    this.#tell = tell;
    this.#connect();
    this.close();
  }

  /** Take the song off the page; a running upload is given up, a running job goes on. */
  close() {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.job = null;
    this.#stems = [];
    this.#said = "";
    this.#player.load([]);
    Object.assign(this.#waves, { mixture: null, stems: [], duration: 0, working: false });
    $("song").hidden = true;
    $("deck").hidden = false;
    delete $("song").dataset.state;
    $("results").hidden = true;
    for (const id of ["cancel", "retry", "delete"]) $(id).hidden = true;
    document.title = "Voicelift";
    this.#controls();
  }

  /** Show a song that is being sent, to be made into `stems`. Returns the signal to stop at, and what to call with
   * the bytes sent and in all. */
  sending(name, stems) {
    this.close();
    this.#parts(stems);
    $("song").hidden = false;
    $("title").textContent = title(name);
    $("cancel").hidden = false;
    this.#phase("Sending the song", 0);
    const progress = (sent, total) => {
      const percent = Math.floor((100 * sent) / total);
      this.#phase(sent < total ? `Sending the song: ${percent} %` : "Sent, being received", sent / total);
    };
    return { signal: this.#stop.signal, progress };
  }

  /** Grey, until it has been separated. */
  foreshadow(shape) {
    if (!shape) return;
    this.#waves.mixture = shape;
    this.#waves.duration ||= shape.known.indexOf(0) > 0 ? shape.known.indexOf(0) / 25 : shape.known.length / 25;
  }

  /** Show the job at `url` and follow it. */
  async follow(url) {
    const signal = this.#stop.signal;
    $("song").hidden = false;
    await follow(
      url,
      (job) => this.#show(job, signal),
      (problem) => this.#tell.problem(problem),
      signal,
    );
  }

  #show(job, signal) {
    const before = this.job;
    this.job = job;
    $("title").textContent = title(job.source.filename);
    this.#parts(job.options.stems);
    this.#phase(stage(job), job.progress.fraction, left(job.progress.eta_s));
    const over = ended(job);
    $("song").dataset.state = job.state;
    $("cancel").hidden = over || job.cancel_requested_at !== null;
    $("delete").hidden = !over;
    $("retry").hidden = !["failed", "canceled", "expired"].includes(job.state);
    $("working").hidden = job.state === "succeeded";
    $("deck").hidden = over && !Object.keys(job.playlists).length;
    this.#waves.working = !over;
    if (job.source.duration_s) this.#waves.duration = job.source.duration_s;
    if (job.error) this.#tell.problem(new Error(job.error.message));
    if (Object.keys(job.playlists).length) this.#listen(job, signal);
    else if (over) this.#player.load((this.#stems = this.#waves.stems = []));
    if (job.state === "succeeded") this.#results(job);
    if (over || before?.state !== job.state) this.#tell.news();
    document.title = over ? `${title(job.source.filename)} – Voicelift` : `${stage(job)} – ${title(job.source.filename)}`;
    this.#controls();
  }

  async #listen(job, signal) {
    if (!this.#stems.length) {
      this.#stems = PARTS.filter((part) => job.playlists[part]).map((part) => new Stem(part, job.playlists[part]));
      this.#player.load(this.#stems);
      this.#waves.stems = this.#stems;
    }
    try {
      const growing = this.#stems;
      await Promise.all(growing.map((stem) => stem.update()));
      this.#controls();
      for (let index = 0; index < growing[0].segments.length; index++) {
        for (const stem of growing) {
          if (signal.aborted || growing !== this.#stems) return;
          if (index < stem.segments.length) await stem.look(index);
        }
      }
    } catch (problem) {
      if (!signal.aborted && problem.status !== 409) this.#tell.problem(problem); // 409: it has just been canceled
    }
  }

  /** The progress for the eye at once, for the ear when something else begins or a quarter is done. */
  #phase(words, fraction, rest = "") {
    $("working").hidden = false;
    $("progress").value = fraction;
    $("stage").textContent = words;
    $("left").textContent = rest;
    const milestone = words.replace(/\d+ %/, `${Math.floor(fraction * 4) * 25} %`);
    if (milestone !== this.#said) $("status").textContent = this.#said = milestone;
  }

  #results(job) {
    const files = (job.outputs_expired_at ? [] : job.outputs).map((output) => {
      const item = document.createElement("li");
      const link = document.createElement("a");
      link.href = output.url;
      link.className = `button download ${output.stem}`;
      link.download = "";
      const name = document.createElement("strong");
      name.textContent = NAMES[output.stem];
      const rest = document.createElement("span");
      rest.textContent = `${FORMATS[output.format]?.split(",")[0] ?? output.format}, ${size(output.bytes)}`;
      link.append(name, " ", rest);
      link.addEventListener("click", (event) => this.#download(event, job, output.url));
      item.append(link);
      return item;
    });
    $("downloads").replaceChildren(...files);
    for (const [id, sentences] of [["facts", facts(job)], ["notes", notes(job)]]) {
      $(id).replaceChildren(...sentences.map((words) => Object.assign(document.createElement("li"), { textContent: words })));
    }
    $("results").hidden = false;
  }

  /** A link sends no key: with one, the address gets a token first. */
  async #download(event, job, url) {
    const link = event.currentTarget;
    if (link.href !== new URL(url, location.href).href) return; // the click below, with the token
    event.preventDefault();
    try {
      const target = Object.assign(document.createElement("a"), { href: await open(job, url), download: "" });
      target.click();
    } catch (problem) {
      this.#tell.problem(problem);
    }
  }

  #parts(names) {
    for (const part of PARTS) {
      $(`strip-${part}`).hidden = !names.includes(part);
      $(`solo-${part}`).hidden = names.length < 2;
    }
    document.querySelector(".listen").hidden = names.length < 2;
  }

  async #order(method, path) {
    try {
      return await ask(method, `${this.job.url}${path}`);
    } catch (problem) {
      this.#tell.problem(problem);
      return null;
    }
  }

  #connect() {
    const player = this.#player;
    for (const event of ["state", "mode", "moved"]) player.addEventListener(event, () => this.#controls());
    player.addEventListener("fault", ({ detail }) => this.#tell.problem(detail));
    player.addEventListener("state", () => player.state === "playing" && this.#tell.problem(null));
    setInterval(() => this.#clock(), 200);
    $("play").addEventListener("click", () => player.toggle());
    $("seek").addEventListener("input", () => player.seek(Number($("seek").value)));
    for (const choice of document.querySelectorAll("[name=listen]"))
      choice.addEventListener("change", () => player.listen(choice.value));
    for (const part of PARTS) {
      $(`solo-${part}`).addEventListener("click", () => player.listen(player.mode === part ? "mixture" : part));
      $(`level-${part}`).addEventListener("input", (event) => player.level(part, Number(event.target.value)));
    }
    $("cancel").addEventListener("click", async () => {
      if (!this.job) return this.#tell.gone(); // still being sent
      if (await this.#order("POST", "/cancel")) $("cancel").hidden = true;
    });
    $("retry").addEventListener("click", async () => {
      const answer = await this.#order("POST", "/retry");
      if (answer) location.hash = (await answer.json()).id;
    });
    $("delete").addEventListener("click", async () => {
      const dialog = $("delete-dialog");
      dialog.returnValue = "no";
      dialog.showModal();
      await new Promise((resolve) => dialog.addEventListener("close", resolve, { once: true }));
      if (dialog.returnValue === "yes" && (await this.#order("DELETE", ""))) this.#tell.gone();
    });
  }

  /** What the buttons show, after anything has changed. */
  #controls() {
    const { mode, state, length } = this.#player;
    const playable = length > 0;
    $("play").disabled = $("seek").disabled = !playable;
    $("play").dataset.state = state;
    $("play").setAttribute("aria-label", state === "paused" ? "Play" : "Pause");
    for (const choice of document.querySelectorAll("[name=listen]")) {
      choice.checked = choice.value === mode;
      choice.disabled = !playable;
    }
    const mixed = this.job?.options.render === "generative" ? "Both" : NAMES.mixture; // the voice is a new one there
    document.querySelector("[name=listen] + span").textContent = mixed;
    for (const part of PARTS) {
      $(`solo-${part}`).disabled = !playable;
      $(`solo-${part}`).setAttribute("aria-pressed", String(mode === part));
      $(`strip-${part}`).classList.toggle("silent", this.#player.gain(part) === 0);
    }
    this.#clock();
  }

  #clock() {
    const { position, length } = this.#player;
    const whole = this.#waves.duration || length;
    $("now").textContent = clock(position);
    $("length").textContent = whole ? clock(whole) : "–:––";
    const seek = $("seek");
    if (Number(seek.max) !== whole) seek.max = whole;
    seek.value = position;
    const partly = length < whole - 0.5 ? `, ${spoken(length)} can be heard so far` : "";
    const words = `${spoken(position)} of ${spoken(whole)}${partly}`;
    if (seek.getAttribute("aria-valuetext") !== words) seek.setAttribute("aria-valuetext", words);
  }
}
