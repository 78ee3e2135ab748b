// The player's controls: a strip per stem, mixture or solo, position, loop, tempo and pitch.

import { Karaoke } from "./karaoke.js";
import { language, t } from "./language.js";
import { clock, likely, musicalKey, percent, spoken, stem as nameOf } from "./words.js";

const $ = (id) => document.getElementById(id);
const HINT_MS = 6000;
const COUNT_IN_S = 3;
const ZOOM_STEP = 2;

export class Deck {
  mixed = "mixture"; // name of the sum of all stems
  source = null; // of the job: its key and tempo

  #player;
  #waves;
  #karaoke;
  #stems = [];
  #hint = 0;
  #mark = null; // start of the loop that is being set, in seconds
  #shown = ""; // by #clock

  constructor(player, waves) {
    this.#player = player;
    this.#waves = waves;
    this.#karaoke = new Karaoke(player);
    for (const event of ["state", "mode", "moved"]) player.addEventListener(event, () => this.show());
    setInterval(() => this.#clock(), 200);
    $("play").addEventListener("click", () => player.toggle());
    $("seek").addEventListener("input", () => this.seek(Number($("seek").value)));
    waves.connect($("seek"), {
      seek: (seconds) => this.seek(seconds),
      mark: (from, to) => this.#repeat(from, to),
      zoomed: () => this.show(),
    });
    $("loop").addEventListener("click", () => (player.loop ? player.repeat() : this.hint(t("deck.loop.how"))));
    $("count-in").addEventListener("change", () => (player.countIn = $("count-in").checked ? COUNT_IN_S : 0));
    $("closer").addEventListener("click", () => this.zoomBy(ZOOM_STEP));
    $("farther").addEventListener("click", () => this.zoomBy(1 / ZOOM_STEP));
    for (const id of ["tempo", "pitch"]) {
      $(id).addEventListener("input", () => this.#practice(Number($("tempo").value), Number($("pitch").value)));
      $(id).addEventListener("change", () => player.practise($("tempo").value / 100, Number($("pitch").value)));
    }
    $("reset").addEventListener("click", () => {
      $("tempo").focus(); // the focused button disappears
      player.practise(1, 0);
    });
  }

  /** Create a strip for each of `stems`. */
  load(stems) {
    if (stems.join() === this.#stems.join()) return;
    this.#stems = stems;
    this.#mark = null;
    this.#karaoke.load(stems);
    this.hint("");
    $("strips").replaceChildren(...stems.map((stem) => this.#strip(stem)));
    const parts = ["mixture", ...stems];
    $("listen").replaceChildren(...parts.map((part) => this.#choice(part)));
    $("numbers").replaceChildren(...parts.map((_, place) => Object.assign(document.createElement("kbd"), { textContent: place + 1 })));
    $("deck").style.setProperty("--stems", Math.max(1, stems.length));
    this.show();
  }

  /** Name the stems in the current language. */
  rename() {
    const stems = this.#stems;
    this.#stems = [];
    this.load(stems);
    this.show();
  }

  #strip(stem) {
    const strip = $("strip").content.firstElementChild.cloneNode(true);
    const values = { stem: nameOf(stem) };
    strip.id = `strip-${stem}`;
    strip.dataset.stem = stem;
    strip.querySelector("strong").textContent = nameOf(stem);
    const does = {
      solo: () => this.#player.listen(this.#player.mode === stem ? "mixture" : stem),
      mute: () => this.#player.mute(stem, !this.#player.muted[stem]),
    };
    for (const [name, action] of Object.entries(does)) {
      const button = strip.querySelector(`.${name}`);
      Object.assign(button, { id: `${name}-${stem}`, textContent: t(`deck.${name}`), ariaLabel: t(`deck.${name}.label`, values) });
      button.addEventListener("click", action);
    }
    const level = strip.querySelector(".level");
    Object.assign(level, { id: `level-${stem}`, ariaLabel: t("deck.level.label", values) });
    level.addEventListener("input", () => this.#player.level(stem, Number(level.value)));
    return strip;
  }

  #choice(part) {
    const label = $("choice").content.firstElementChild.cloneNode(true);
    const input = label.querySelector("input");
    Object.assign(input, { name: "listen", value: part });
    label.dataset.stem = part;
    input.addEventListener("change", () => this.#player.listen(part));
    label.querySelector("span").textContent = nameOf(part);
    return label;
  }

  /** Listen to the mixture (0) or to a stem (1 and up). */
  listen(number) {
    const part = ["mixture", ...this.#stems][number];
    if (part) this.#player.listen(part);
  }

  zoomBy(factor) {
    this.#waves.zoomBy(factor);
    this.show();
  }

  /** Set the start or the end of a loop at the position. */
  markStart() {
    this.#mark = this.#player.position;
    this.hint(t("deck.loop.begins", { time: clock(this.#mark) }));
  }

  markEnd() {
    this.#repeat(this.#mark ?? 0, this.#player.position);
    this.#mark = null;
  }

  #repeat(from, to) {
    this.#player.repeat(from, to);
    this.hint(this.#player.loop ? "" : t("deck.loop.short"));
  }

  /** Seek; beyond the separated part to its end, with the reason in the hint. */
  seek(seconds) {
    const ready = this.#player.length;
    this.#player.seek(seconds);
    this.hint(seconds > ready + 0.5 ? t("deck.ready", { time: clock(ready) }) : "");
  }

  hint(words) {
    clearTimeout(this.#hint);
    $("hint").textContent = words;
    if (words) this.#hint = setTimeout(() => ($("hint").textContent = ""), HINT_MS);
  }

  /** Update the controls. */
  show() {
    const player = this.#player;
    const { mode, state, loop, rate } = player;
    const playable = player.length > 0;
    $("play").disabled = $("seek").disabled = !playable;
    for (const id of ["tempo", "pitch"]) {
      $(id).disabled = !playable || !isSecureContext; // browsers have no audio worklet over plain HTTP
      $(id).parentElement.title = isSecureContext ? "" : t("deck.secure");
    }
    $("play").dataset.state = state;
    $("play").ariaLabel = t(state === "paused" ? "deck.play" : "deck.pause");
    $("listen").hidden = this.#stems.length < 2;
    for (const choice of $("listen").querySelectorAll("input")) {
      choice.checked = choice.value === mode;
      choice.disabled = !playable;
    }
    const mixture = $("listen").querySelector("span");
    if (mixture) mixture.textContent = nameOf(this.mixed);
    $("loop").disabled = !playable;
    $("loop").ariaPressed = String(Boolean(loop));
    const passage = loop && { from: clock(loop.from / rate), to: clock(loop.to / rate) };
    $("loop").textContent = loop ? t("deck.loop.passage", passage) : t("deck.loop");
    for (const stem of this.#stems) this.#showStrip(stem, playable);
    this.#practice(Math.round(player.tempo * 100), player.pitch);
    this.#showZoom(playable);
    this.#showUnsure();
    this.#shown = "";
    this.#clock();
  }

  #showStrip(stem, playable) {
    const player = this.#player;
    const pressed = { solo: player.mode === stem, mute: Boolean(player.muted[stem]) };
    for (const [name, is] of Object.entries(pressed)) {
      const button = $(`${name}-${stem}`);
      button.disabled = !playable;
      button.ariaPressed = String(is);
    }
    $(`solo-${stem}`).hidden = this.#stems.length < 2;
    $(`level-${stem}`).value = player.levels[stem] ?? 1;
    $(`level-${stem}`).disabled = !playable;
    $(`strip-${stem}`).classList.toggle("silent", playable && player.gain(stem) === 0);
  }

  #practice(tempo, pitch) {
    $("tempo").value = tempo;
    $("pitch").value = pitch;
    const known = this.source ? likely(this.source) : {};
    const bpm = known.tempo ? `, ${Math.round((known.tempo * tempo) / 100)} BPM` : "";
    const key = known.key ? `, ${musicalKey(known.key, pitch)}` : "";
    $("tempo-value").textContent = percent(tempo / 100) + bpm;
    $("pitch-value").textContent = (pitch > 0 ? `+${pitch}` : String(pitch).replace("-", "−")) + key;
    $("tempo").ariaValueText = $("tempo-value").textContent;
    $("pitch").ariaValueText = t("deck.pitch.value", { count: pitch }) + key;
    $("karaoke").disabled = !(this.#player.length > 0);
    $("reset").hidden = tempo === 100 && pitch === 0;
  }

  #showZoom(playable) {
    const { view, zoom, closest, duration } = this.#waves;
    $("closer").disabled = !playable || zoom >= closest;
    $("farther").disabled = !playable || zoom <= 1;
    $("zoomed").textContent = zoom > 1 && duration ? t("deck.shown", { from: clock(view[0]), to: clock(view[1]) }) : "";
  }

  /** The legend of the shade under the waves. */
  #showUnsure() {
    const { duration, stems } = this.#waves;
    const seconds = stems.flatMap((stem) => stem.unsure).reduce((sum, [from, to]) => sum + to - from, 0);
    $("unsure").hidden = !seconds || !duration;
    $("unsure-text").textContent = t("deck.unsure", { percent: percent(seconds / (duration || 1)) });
  }

  #clock() {
    const { position, length, counting } = this.#player;
    const whole = this.#waves.duration || length;
    const shown = [language(), clock(position), length, whole, Math.ceil(counting), this.#waves.view].join();
    if (shown === this.#shown) return; // each change of the document costs a layout
    this.#shown = shown;
    $("counting").textContent = counting ? String(Math.ceil(counting)) : "";
    $("now").textContent = clock(position);
    $("length").textContent = whole ? clock(whole) : "–:––";
    const seek = $("seek");
    seek.max = whole;
    seek.value = position;
    const partly = length < whole - 0.5 ? "deck.position.partly" : "deck.position";
    seek.ariaValueText = t(partly, { position: spoken(position), whole: spoken(whole), ready: spoken(length) });
    if (this.#waves.zoom > 1) this.#showZoom(length > 0);
  }
}
