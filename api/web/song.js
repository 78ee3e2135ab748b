// One song on the page: its upload, the progress of its job, and the requests about it.

import { ask, ended, follow } from "./api.js";
import { thrifty } from "./compressed.js";
import { Deck } from "./deck.js";
import { confirm } from "./dialog.js";
import { t } from "./language.js";
import { Results } from "./results.js";
import { BINS_PER_S, Stem, addRows } from "./stream.js";
import { left, percent, stage, title } from "./words.js";

const $ = (id) => document.getElementById(id);

export class Song {
  job = null;
  deck;

  #player;
  #waves;
  #results;
  #tell; // callbacks {problem(error), news(), gone()} of the page
  #stop = new AbortController();
  #stems = [];
  #said = "";

  constructor(player, waves, tell) {
    this.#player = player;
    this.#waves = waves;
    this.#tell = tell;
    this.deck = new Deck(player, waves);
    this.#results = new Results(player, (problem) => tell.problem(problem));
    this.#connect();
    this.close();
  }

  /** Remove the song from the page; an upload is canceled, a job continues. */
  close() {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.job = null;
    this.#stems = [];
    this.#said = "";
    this.#player.load([]);
    this.#waves.load([]);
    this.#results.close();
    this.deck.source = null;
    this.deck.load([]);
    $("song").hidden = true;
    $("deck").hidden = false;
    delete $("song").dataset.state;
    for (const id of ["cancel", "retry", "delete"]) $(id).hidden = true;
    document.title = "Voicelift";
    this.deck.show();
  }

  /** Show an upload whose job will have `stems`. Returns its abort signal, and a callback for the bytes sent and in
   * total. */
  sending(name, stems) {
    this.close();
    this.deck.load(stems);
    $("song").hidden = false;
    $("title").textContent = title(name);
    $("cancel").hidden = false;
    this.#phase(t("sending"), 0);
    const progress = (sent, total) => {
      const share = percent(Math.floor((100 * sent) / total) / 100);
      this.#phase(sent < total ? t("sending.part", { percent: share }) : t("sending.done"), sent / total);
    };
    return { signal: this.#stop.signal, progress };
  }

  /** The file's waveform, grey until it has been separated. */
  foreshadow(shape) {
    if (!shape) return;
    this.#waves.mixture = shape;
    this.#waves.duration ||= shape.length / BINS_PER_S;
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

  /** Render again in the current language. */
  rename() {
    this.deck.rename();
    if (this.job) this.#say(this.job);
  }

  #show(job, signal) {
    const before = this.job;
    this.job = job;
    this.deck.mixed = job.options.render === "generative" ? "both" : "mixture"; // there the stems do not sum to the mixture
    this.deck.source = job.source;
    this.deck.load(job.options.stems);
    const over = ended(job);
    $("song").dataset.state = job.state;
    $("cancel").hidden = over || job.cancel_requested_at !== null;
    $("delete").hidden = !over;
    $("retry").hidden = !(["canceled", "expired"].includes(job.state) || job.error?.retryable);
    $("deck").hidden = over && !Object.keys(job.playlists).length;
    this.#waves.working = !over;
    if (job.source.duration_s) this.#waves.duration = job.source.duration_s;
    if (job.error) this.#tell.problem(new Error(job.error.message));
    if (Object.keys(job.playlists).length) this.#listen(job, signal);
    else if (over) this.#player.load((this.#stems = this.#waves.stems = []));
    this.#say(job);
    if (over || before?.state !== job.state) this.#tell.news();
    this.deck.show();
  }

  #say(job) {
    const name = title(job.source.filename);
    $("title").textContent = name;
    this.#phase(stage(job), job.progress.fraction, left(job.progress.eta_s));
    $("working").hidden = job.state === "succeeded";
    document.title = ended(job) ? `${name} – Voicelift` : `${stage(job)} – ${name}`;
    if (job.state === "succeeded") this.#results.show(job);
  }

  async #listen(job, signal) {
    if (!this.#stems.length) {
      this.#stems = job.options.stems.filter((part) => job.playlists[part]).map((part) => new Stem(part, job.playlists[part]));
      const { mixture, duration, working } = this.#waves;
      this.#waves.load(this.#stems, duration);
      Object.assign(this.#waves, { mixture, working });
      this.#player.load(this.#stems, job.model.stems);
    }
    for (const stem of thrifty() ? this.#stems : []) {
      const output = job.outputs.find((one) => one.stem === stem.name);
      stem.m4a = output?.conversions.find(({ format }) => format === "m4a")?.url ?? null;
    }
    try {
      const growing = this.#stems;
      await Promise.all(growing.map((stem) => stem.update()));
      this.deck.show();
      await Promise.all([this.#picture(job, growing), this.#judge(job, growing)]);
    } catch (problem) {
      if (!signal.aborted && problem.status !== 409) this.#tell.problem(problem); // 409: just canceled
    }
  }

  /** Fetch the new rows of the waveform: a few bytes, even while nothing is played. */
  async #picture(job, stems) {
    const shapes = job.options.stems.map((part) => stems.find((stem) => stem.name === part).shape);
    let known;
    let rows;
    do {
      known = shapes[0].length;
      rows = await (await ask("GET", `${job.url}/peaks?from_bin=${known}`)).arrayBuffer();
      if (stems !== this.#stems) return;
    } while (shapes[0].length !== known); // another call has added some of these rows
    addRows(shapes, new Uint8Array(rows));
  }

  /** Fetch the confidence of the new segments of the vocals. */
  async #judge(job, stems) {
    const vocals = stems.find((stem) => stem.name === "vocals");
    if (!vocals) return;
    const known = vocals.confidence.length;
    const { segments } = await (await ask("GET", `${job.url}/confidence?from_segment=${known}`)).json();
    segments.forEach((segment, place) => (vocals.confidence[known + place] = segment)); // another call may have added some
    this.deck.show();
  }

  /** Show each progress at once; announce it to screen readers at a new stage or quarter. */
  #phase(words, fraction, rest = "") {
    $("working").hidden = false;
    $("progress").value = fraction;
    $("stage").textContent = words;
    $("left").textContent = rest;
    const milestone = words.replace(/\d+/, Math.floor(fraction * 4) * 25);
    if (milestone !== this.#said) $("status").textContent = this.#said = milestone;
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
    player.addEventListener("fault", ({ detail }) => this.#tell.problem(detail));
    player.addEventListener("state", () => {
      if (player.state !== "playing") return;
      this.#tell.problem(null);
      if (this.#stems.some((stem) => stem.compressed)) this.deck.hint(t("deck.compressed"));
    });
    $("cancel").addEventListener("click", async () => {
      if (!this.job) return this.#tell.gone(); // still uploading
      if (await this.#order("POST", "/cancel")) $("cancel").hidden = true;
    });
    $("retry").addEventListener("click", async () => {
      const answer = await this.#order("POST", "/retry");
      if (answer) location.hash = (await answer.json()).id;
    });
    $("delete").addEventListener("click", async () => {
      if ((await confirm("delete-dialog", { name: title(this.job.source.filename) })) && (await this.#order("DELETE", ""))) this.#tell.gone();
    });
  }
}
