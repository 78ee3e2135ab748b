// What came out of a song: files to download, the mix as it is heard, and what there is to know.

import { open, token } from "./api.js";
import { t } from "./language.js";
import { mixdown } from "./mixdown.js";
import { date, facts, format, percent, size, stem, title } from "./words.js";

const $ = (id) => document.getElementById(id);

export class Results {
  #player;
  #problem;
  #job = null;
  #saving = null; // an AbortController, while the mix is being saved

  /** `problem(error)` says what went wrong. */
  constructor(player, problem) {
    this.#player = player;
    this.#problem = problem;
    $("save").addEventListener("click", () => (this.#saving ? this.#saving.abort() : this.#save()));
    $("share").addEventListener("click", () => this.#askToShare());
    $("share-make").addEventListener("click", () => this.#share());
    $("share-copy").addEventListener("click", () => this.#copy());
    $("share-close").addEventListener("click", () => $("share-dialog").close());
  }

  close() {
    this.#saving?.abort();
    this.#job = null;
    $("results").hidden = true;
  }

  show(job) {
    this.#job = job;
    const outputs = job.outputs_expired_at ? [] : job.outputs;
    const files = outputs.map((output) => {
      const [kind] = format(output.format).split(",");
      return this.#file(output.url, stem(output.stem), `${kind}, ${size(output.bytes)}`, output.stem);
    });
    const whole = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (outputs.length > 1) files.push(this.#file(job.archive_url, t("results.all"), `ZIP, ${size(whole)}`));
    $("downloads").replaceChildren(...files);
    $("save").hidden = $("share").hidden = !outputs.length;
    say("facts", facts(job));
    say("notes", this.#notes(job));
    $("results").hidden = false;
  }

  #file(url, name, about, part) {
    const link = make("a", { href: url, className: "button download", download: "" });
    if (part) link.dataset.stem = part;
    link.append(make("strong", { textContent: name }), " ", make("span", { textContent: about }));
    link.addEventListener("click", (event) => this.#download(event, url));
    const item = make("li");
    item.append(link);
    return item;
  }

  /** A link sends no key: with one, the address gets a token first. */
  async #download(event, url) {
    event.preventDefault();
    try {
      make("a", { href: await open(this.#job, url), download: "" }).click();
    } catch (problem) {
      this.#problem(problem);
    }
  }

  /** Save what is heard; the button stops it meanwhile. */
  async #save() {
    this.#saving = new AbortController();
    const name = `${title(this.#job.source.filename)} (${t("results.mix")}).wav`;
    const progress = (fraction) => ($("save").textContent = t("results.stop", { percent: percent(fraction) }));
    try {
      progress(0);
      const link = make("a", { href: URL.createObjectURL(await mixdown(this.#player, progress, this.#saving.signal)), download: name });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 60000); // by then it is being written
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

  async #copy() {
    $("share-link").select();
    if (navigator.clipboard) await navigator.clipboard.writeText($("share-link").value);
    else document.execCommand("copy"); // over plain HTTP there is no other way
    $("share-copy").textContent = t("share.copied");
  }

  /** What its owner should not overlook, a sentence each. */
  #notes(job) {
    const converted = job.outputs.map((output) => output.converted).filter(Boolean);
    const licence = job.model.commercial_use === false ? [t("note.licence")] : [];
    return [...new Set([...converted, ...job.warnings, ...licence])];
  }
}

const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

const say = (id, sentences) => $(id).replaceChildren(...sentences.map((textContent) => make("li", { textContent })));
