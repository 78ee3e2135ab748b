// The results of a song: downloads, the saved mix, sharing, and facts.

import { ask, token } from "./api.js";
import { Downloads } from "./downloads.js";
import { t } from "./language.js";
import { mixdown } from "./mixdown.js";
import { date, facts, percent, title } from "./words.js";

const $ = (id) => document.getElementById(id);

export class Results {
  #player;
  #problem;
  #downloads;
  #job = null;
  #saving = null; // an AbortController while the mix is being saved

  /** `problem(error)` reports errors. */
  constructor(player, problem) {
    this.#player = player;
    this.#problem = problem;
    this.#downloads = new Downloads($("downloads"), problem);
    $("save").addEventListener("click", () => (this.#saving ? this.#saving.abort() : this.#save()));
    $("share").addEventListener("click", () => this.#askToShare());
    $("share-make").addEventListener("click", () => this.#share());
    $("share-revoke").addEventListener("click", () => this.#revoke());
    $("share-copy").addEventListener("click", () => this.#copy());
    $("share-close").addEventListener("click", () => $("share-dialog").close());
  }

  close() {
    this.#saving?.abort();
    this.#downloads.close();
    this.#job = null;
    $("results").hidden = true;
  }

  show(job) {
    this.#job = job;
    const outputs = job.outputs_expired_at ? [] : job.outputs;
    this.#downloads.show(job, outputs);
    $("save").hidden = $("share").hidden = !outputs.length;
    say("facts", facts(job));
    say("notes", this.#notes(job));
    $("results").hidden = false;
  }

  /** Save the current mix; meanwhile the button cancels. */
  async #save() {
    this.#saving = new AbortController();
    const name = `${title(this.#job.source.filename)} (${t("results.mix")}).wav`;
    const progress = (fraction) => ($("save").textContent = t("results.stop", { percent: percent(fraction) }));
    try {
      progress(0);
      const link = make("a", { href: URL.createObjectURL(await mixdown(this.#player, progress, this.#saving.signal)), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000); // by then the download has started
    } catch (problem) {
      this.#problem(problem instanceof RangeError ? new Error(t("results.long")) : problem);
    }
    this.#saving = null;
    $("save").textContent = t("results.save");
  }

  #askToShare() {
    for (const id of ["share-link", "share-copy"]) $(id).hidden = true;
    $("share-make").hidden = false;
    $("share-why").textContent = t("share.why");
    $("share-dialog").showModal();
  }

  async #share() {
    try {
      const { token: opens, expires_at } = await token(this.#job);
      $("share-link").value = `${location.origin}${location.pathname}#${this.#job.id}?token=${opens}`;
      $("share-why").textContent = t("share.until", { date: date(expires_at, { dateStyle: "long", timeStyle: "short" }) });
    } catch (problem) {
      $("share-dialog").close();
      return this.#problem(problem);
    }
    $("share-link").hidden = $("share-copy").hidden = false;
    $("share-make").hidden = true;
    $("share-copy").textContent = t("share.copy");
    $("share-link").select();
  }

  async #revoke() {
    try {
      await ask("DELETE", `${this.#job.url}/token`);
    } catch (problem) {
      $("share-dialog").close();
      return this.#problem(problem);
    }
    for (const id of ["share-link", "share-copy"]) $(id).hidden = true;
    $("share-make").hidden = false;
    $("share-why").textContent = t("share.revoked");
  }

  async #copy() {
    $("share-link").select();
    if (navigator.clipboard) await navigator.clipboard.writeText($("share-link").value);
    else document.execCommand("copy"); // the clipboard API requires HTTPS
    $("share-copy").textContent = t("share.copied");
  }

  /** Warnings for the owner, one sentence each. */
  #notes(job) {
    const converted = job.outputs.map((output) => output.converted).filter(Boolean);
    const licence = job.model.commercial_use === false ? [t("note.licence")] : [];
    return [...new Set([...converted, ...job.warnings, ...licence])];
  }
}

const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

const say = (id, sentences) => $(id).replaceChildren(...sentences.map((textContent) => make("li", { textContent })));
