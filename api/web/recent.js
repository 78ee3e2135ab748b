// The songs of this key, newest first: state, length, age; search by name, open, delete.

import { ask, ended, get, shared } from "./api.js";
import { confirm } from "./dialog.js";
import { t } from "./language.js";
import { ago, clock, date, stage, title } from "./words.js";

const BUSY_MS = 5000; // between two looks at the list while something is going on there
const IDLE_MS = 30000;
const PAGE = 20;
const SEARCHED = 6; // songs from which on one may search

const $ = (id) => document.getElementById(id);

export class Recent {
  #jobs = []; // newest first
  #cursor = null; // where older ones begin
  #loading = null; // the page of older ones that is being asked for
  #looked = 0; // when the list was last asked for
  #seen = null; // when it was last answered
  #deleted;
  #problem;

  /** `deleted(id)` is called when a song has been deleted, `problem(error)` when it could not be. */
  constructor({ deleted, problem }) {
    this.#deleted = deleted;
    this.#problem = problem;
    $("more").addEventListener("click", () => this.#older());
    $("search").addEventListener("input", () => this.#search());
    addEventListener("online", () => this.look());
    addEventListener("offline", () => this.#offline(true));
    setInterval(() => {
      const busy = this.#jobs.some((job) => !ended(job));
      if (!document.hidden && performance.now() - this.#looked > (busy ? BUSY_MS : IDLE_MS)) this.look();
    }, 1000);
  }

  /** Forget all songs: another key is in use. */
  clear() {
    this.#jobs = [];
    this.#cursor = this.#seen = null;
    this.show();
  }

  /** Ask for the newest songs, and show them. */
  async look() {
    this.#looked = performance.now();
    if (shared.token) return; // a guest has no songs
    try {
      const { jobs, next_cursor } = await get(`/v1/jobs?limit=${PAGE}`);
      const last = jobs.at(-1)?.id ?? "";
      const older = next_cursor ? this.#jobs.filter(({ id }) => id < last) : []; // ids are in the order of time
      if (!older.length) this.#cursor = next_cursor;
      this.#jobs = [...jobs, ...older];
      this.#seen = new Date();
    } catch (problem) {
      return this.#offline(problem.status === 0); // another trouble is said where it hinders
    }
    this.#offline(false);
    this.show();
  }

  /** Add a page of older songs, one at a time; false when that is not possible. */
  #older() {
    return (this.#loading ??= this.#load().finally(() => (this.#loading = null)));
  }

  async #load() {
    try {
      const { jobs, next_cursor } = await get(`/v1/jobs?limit=100&cursor=${this.#cursor}`);
      this.#jobs.push(...jobs);
      this.#cursor = next_cursor;
    } catch (problem) {
      this.#problem(problem);
      return false;
    }
    this.show();
    return true;
  }

  /** Songs are searched among all of the key's. */
  async #search() {
    this.show();
    while (this.#cursor && $("search").value.trim()) if (!(await this.#older())) return;
  }

  #offline(is) {
    $("offline").hidden = !is;
    const moment = this.#seen && date(this.#seen, { timeStyle: "short" });
    $("offline").textContent = moment ? t("recent.offline.since", { time: moment }) : t("recent.offline");
    if (is) $("recent").hidden = false;
  }

  show() {
    const wanted = $("search").value.trim().toLocaleLowerCase();
    const matches = this.#jobs.filter(({ source }) => title(source.filename).toLocaleLowerCase().includes(wanted));
    const focused = document.activeElement?.closest("#jobs li")?.dataset.id;
    const role = document.activeElement?.tagName;
    $("recent").hidden = !this.#jobs.length && $("offline").hidden;
    $("search").hidden = !wanted && !this.#cursor && this.#jobs.length < SEARCHED;
    $("more").hidden = !this.#cursor;
    $("none").hidden = !wanted || Boolean(matches.length);
    $("jobs").replaceChildren(...matches.map((job) => this.#item(job)));
    if (focused) document.querySelector(`#jobs [data-id="${focused}"] ${role}`)?.focus();
  }

  #item(job) {
    const item = $("job").content.firstElementChild.cloneNode(true);
    const [link, remove] = item.querySelectorAll("a, button");
    const name = title(job.source.filename);
    Object.assign(item.dataset, { id: job.id, state: job.state });
    link.href = `#${job.id}`;
    if (job.id === location.hash.slice(1)) link.ariaCurrent = "page";
    link.querySelector("strong").textContent = name;
    const length = job.source.duration_s ? [clock(job.source.duration_s)] : [];
    link.querySelector("span").textContent = [stage(job), ...length, ago(job.created_at)].join(", ");
    link.title = date(job.created_at, { dateStyle: "full", timeStyle: "short" });
    Object.assign(remove, { hidden: !ended(job), ariaLabel: t("recent.delete", { name }), title: t("song.delete") });
    remove.addEventListener("click", () => this.#delete(job, name));
    return item;
  }

  async #delete(job, name) {
    if (!(await confirm("delete-dialog", { name }))) return;
    try {
      await ask("DELETE", job.url);
    } catch (problem) {
      return this.#problem(problem);
    }
    this.#jobs = this.#jobs.filter(({ id }) => id !== job.id);
    this.show();
    this.#deleted(job.id);
  }
}
