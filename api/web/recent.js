// The songs of this key, newest first: state, length, age; search by name, open, delete.

import { ask, ended, get, shared } from "./api.js";
import { confirm } from "./dialog.js";
import { t } from "./language.js";
import { ago, clock, date, stage, title } from "./words.js";

const BUSY_MS = 5000; // polling interval of the list while a job is in flight
const IDLE_MS = 30000;
const PAGE = 20;
const SEARCHED = 6; // minimum number of songs for the search field

const $ = (id) => document.getElementById(id);

export class Recent {
  #jobs = []; // newest first
  #cursor = null; // cursor of the next, older page
  #loading = null; // the pending request for older songs
  #looked = 0; // time of the last request
  #seen = null; // time of the last response
  #deleted;
  #problem;

  /** `deleted(id)` is called after a deletion, `problem(error)` after a failed one. */
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

  /** Clear the list, after a change of the key. */
  clear() {
    this.#jobs = [];
    this.#cursor = this.#seen = null;
    this.show();
  }

  /** Request and show the newest songs. */
  async look() {
    this.#looked = performance.now();
    if (shared.token) return; // guests have no songs
    try {
      const { jobs, next_cursor } = await get(`/v1/jobs?limit=${PAGE}`);
      const last = jobs.at(-1)?.id ?? "";
      const older = next_cursor ? this.#jobs.filter(({ id }) => id < last) : []; // ids sort by time
      if (!older.length) this.#cursor = next_cursor;
      this.#jobs = [...jobs, ...older];
      this.#seen = new Date();
    } catch (problem) {
      return this.#offline(problem.status === 0); // other errors are shown by the action that they affect
    }
    this.#offline(false);
    this.show();
  }

  /** Append a page of older songs, one at a time; false after an error. */
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

  /** The search covers all songs of the key. */
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
