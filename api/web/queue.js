// Several files: sent in sequence, each with its outcome.

import { upload } from "./api.js";
import { t } from "./language.js";
import { percent, title } from "./words.js";

const BUSY = [429, 503]; // retried after Retry-After

export class Queue {
  #section;
  #list;
  #accepted;
  #entries = []; // {file, fields, item, words, bar, again}
  #sending = false;

  /** `accepted(job)` is called for each accepted job. */
  constructor(section, list, accepted) {
    this.#section = section;
    this.#list = list;
    this.#accepted = accepted;
    addEventListener("beforeunload", (event) => this.#sending && event.preventDefault());
  }

  add(files, fields) {
    for (const file of files) this.#entries.push(this.#entry(file, fields));
    this.#section.hidden = false;
    this.#send();
  }

  async #send() {
    if (this.#sending) return;
    this.#sending = true;
    let entry;
    while ((entry = this.#entries.find(({ failed }) => !failed))) await this.#sendOne(entry);
    this.#sending = false;
  }

  async #sendOne(entry) {
    entry.bar.hidden = false;
    const progress = (sent, total) => {
      entry.bar.value = sent / total;
      const share = percent(Math.floor((100 * sent) / total) / 100);
      entry.words.textContent = sent < total ? t("queue.sending", { percent: share }) : t("sending.done");
    };
    try {
      const job = await upload(entry.file, entry.fields, progress, entry.stop.signal);
      this.#drop(entry);
      this.#accepted(job);
    } catch (problem) {
      if (entry.stop.signal.aborted) return;
      entry.bar.hidden = true;
      entry.words.textContent = problem.message;
      if (BUSY.includes(problem.status)) await this.#pause(entry, problem.retryAfter ?? 10);
      else entry.failed = !(entry.again.hidden = false);
    }
  }

  /** Wait for Retry-After, then send the same file again. */
  async #pause(entry, seconds) {
    const until = performance.now() + 1000 * seconds;
    while (performance.now() < until && !entry.stop.signal.aborted) {
      const rest = Math.ceil((until - performance.now()) / 1000);
      entry.words.textContent = t("queue.busy", { count: rest });
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  #drop(entry) {
    entry.item.remove();
    this.#entries = this.#entries.filter((other) => other !== entry);
    this.#section.hidden = !this.#entries.length;
  }

  #entry(file, fields) {
    const make = (tag, facts) => Object.assign(document.createElement(tag), facts);
    const entry = { file, fields, failed: false, stop: new AbortController() };
    const name = title(file.name);
    entry.item = make("li");
    entry.words = make("span", { textContent: t("queue.waiting") });
    entry.bar = make("progress", { max: 1, value: 0, hidden: true });
    entry.bar.ariaLabel = name;
    entry.again = make("button", { type: "button", textContent: t("queue.again"), hidden: true });
    entry.again.addEventListener("click", () => {
      entry.failed = !(entry.again.hidden = true);
      entry.words.textContent = t("queue.waiting");
      this.#send();
    });
    const remove = make("button", { type: "button", textContent: t("queue.remove"), ariaLabel: t("queue.remove.label", { name }) });
    remove.addEventListener("click", () => {
      entry.stop.abort();
      this.#drop(entry);
    });
    const actions = make("div", { className: "actions" });
    actions.append(entry.again, remove);
    entry.item.append(make("strong", { textContent: name }), entry.words, actions, entry.bar);
    this.#list.append(entry.item);
    return entry;
  }
}
