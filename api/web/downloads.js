// The files of a finished song, and conversions that the service makes on request.

import { convert, open } from "./api.js";
import { t } from "./language.js";
import { format, size, stem } from "./words.js";

const OFFERED = ["mp3", "m4a"];

export class Downloads {
  #list;
  #problem;
  #job;
  #requested = new Map(); // URL -> promise of a conversion requested on this page
  #stop = new AbortController();

  /** `problem(error)` reports errors. */
  constructor(list, problem) {
    this.#list = list;
    this.#problem = problem;
  }

  close() {
    this.#stop.abort();
    this.#stop = new AbortController();
    this.#requested.clear();
    this.#list.replaceChildren();
  }

  show(job, outputs) {
    this.#job = job;
    const files = outputs.map((output) => {
      const about = `${short(output.format)}, ${size(output.bytes)}`;
      const others = output.conversions.filter((one) => OFFERED.includes(one.format));
      const buttons = others.map((one) => this.#converter(output.stem, one));
      return item(this.#link(output.url, stem(output.stem), about, output.stem), ...buttons);
    });
    const whole = outputs.reduce((sum, { bytes }) => sum + bytes, 0);
    if (outputs.length > 1) files.push(item(this.#link(job.archive_url, t("results.all"), `ZIP, ${size(whole)}`)));
    this.#list.replaceChildren(...files);
  }

  #link(url, name, about, part) {
    const link = make("a", { href: url, className: "button download", download: "" });
    if (part) link.dataset.stem = part;
    link.append(make("strong", { textContent: name }), " ", make("span", { textContent: about }));
    link.addEventListener("click", (event) => {
      event.preventDefault(); // a link sends no key: add a token to the address
      this.#download(url);
    });
    return link;
  }

  async #download(url) {
    try {
      make("a", { href: await open(this.#job, url), download: "" }).click();
    } catch (problem) {
      this.#problem(problem);
    }
  }

  #converter(part, offered) {
    const button = make("button", { type: "button", className: "convert" });
    const name = short(offered.format);
    const say = ({ ready, bytes }, making = false) => {
      const about = ready ? size(bytes) : t("results.about", { size: size(bytes) });
      button.textContent = making ? t("results.making", { format: name }) : `${name}, ${about}`;
      button.setAttribute("aria-label", `${stem(part)}: ${button.textContent}`);
      button.disabled = making;
    };
    const wait = async (conversion) => {
      say(offered, true);
      try {
        say((offered = await conversion));
        return true;
      } catch (problem) {
        this.#requested.delete(offered.url);
        say(offered);
        this.#problem(problem);
        return false;
      }
    };
    button.addEventListener("click", async () => {
      if (!this.#requested.has(offered.url)) this.#requested.set(offered.url, convert(offered.url, this.#stop.signal));
      if (await wait(this.#requested.get(offered.url))) {
        button.focus(); // lost while the button was disabled
        this.#download(offered.url);
      }
    });
    say(offered);
    if (this.#requested.has(offered.url)) wait(this.#requested.get(offered.url)); // after a change of the language
    return button;
  }
}

const make = (tag, facts) => Object.assign(document.createElement(tag), facts);

function item(...children) {
  const file = make("li", { className: "file" });
  file.append(...children);
  return file;
}

/** The short name of a format. */
const short = (name) => format(name).split(/[, ]/)[0];
