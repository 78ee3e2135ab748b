// The waveform of a song: grey before the separation, then its stems, two on either side of one line or each on a
// separate one. It shows the whole song or, zoomed, a part that follows the position.

import { BINS_PER_S } from "./stream.js";

const DRAG_PX = 6; // a shorter movement is a click
const CLOSEST_S = 6; // minimum visible duration
const MARGIN = 0.1; // visible share before the followed position
const AHEAD = 0.55; // strength after the position
const SHADE = 0.16; // strength of the shade under probably inaccurate vocals
const GREY = 0.5 / AHEAD; // it is never before the position

const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Waves {
  mixture = null; // Shape of the file, if it was chosen here
  stems = []; // of Stem, with their shapes
  duration = 0; // seconds of the whole song; 0 while unknown
  marking = null; // [from, to] in seconds, while a passage is being marked
  working = false; // whether the separation is in progress
  zoom = 1; // 1: the whole song

  #canvas;
  #player;
  #colours = null;
  #from = 0; // seconds at the left edge
  #size = { width: 0, height: 0 }; // of the canvas in CSS pixels
  #picture = document.createElement("canvas"); // the stems without position, loop and line
  #drawn = { picture: "", frame: "" }; // what the two show

  constructor(canvas, player) {
    this.#canvas = canvas;
    this.#player = player;
    dark.addEventListener("change", () => (this.#colours = null));
    new ResizeObserver(([{ contentRect }]) => (this.#size = contentRect)).observe(canvas); // reading it per frame costs a layout
    const draw = () => {
      if (this.#size.width) this.draw();
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  /** Show another song. */
  load(stems, duration = 0) {
    Object.assign(this, { stems, duration, mixture: null, working: false, zoom: 1 });
    this.#from = 0;
    this.#colours = null;
  }

  /** The visible range in seconds: [from, to]. */
  get view() {
    const span = this.duration / this.zoom;
    const from = Math.max(0, Math.min(this.#from, this.duration - span));
    return [from, from + span];
  }

  get closest() {
    return Math.max(1, this.duration / CLOSEST_S);
  }

  /** Zoom by `factor` around the time `at` (seconds), which stays in place or becomes visible. */
  zoomBy(factor, at = this.#player.position) {
    const [from, to] = this.view;
    const place = at < from || at > to ? MARGIN : (at - from) / (to - from || 1);
    this.zoom = Math.max(1, Math.min(this.zoom * factor, this.closest));
    this.#from = Math.max(0, at - (place * this.duration) / this.zoom);
  }

  /** A click on `slider`, which covers the waves, calls `seek(seconds)`; dragging calls `mark(from, to)`. */
  connect(slider, { seek, mark, zoomed }) {
    let start = null;
    const seconds = (event) => {
      const { left, width } = this.#canvas.getBoundingClientRect();
      const [from, to] = this.view;
      return from + Math.max(0, Math.min(1, (event.clientX - left) / width)) * (to - from);
    };
    slider.addEventListener("pointerdown", (event) => {
      if (slider.disabled || event.button) return;
      event.preventDefault(); // otherwise the slider follows the pointer
      slider.focus({ focusVisible: false });
      slider.setPointerCapture(event.pointerId);
      start = event;
    });
    slider.addEventListener("pointermove", (event) => {
      if (!start) return;
      const dragged = Math.abs(event.clientX - start.clientX) >= DRAG_PX;
      this.marking = dragged || this.marking ? [seconds(start), seconds(event)] : null;
    });
    slider.addEventListener("pointerup", (event) => {
      if (!start) return;
      if (this.marking) mark(...this.marking);
      else seek(seconds(event));
      start = this.marking = null;
    });
    slider.addEventListener("pointercancel", () => (start = this.marking = null));
    slider.addEventListener(
      "wheel",
      (event) => {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey) this.zoomBy(2 ** (-event.deltaY / 200), seconds(event)); // also a pinch
        else if (this.zoom > 1 && sideways) this.#from = this.view[0] + (sideways / slider.clientWidth) * (this.duration / this.zoom);
        else return;
        event.preventDefault();
        zoomed();
      },
      { passive: false },
    );
  }

  /** Draw the changes since the last frame. The stems are drawn once per view and then copied. */
  draw() {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(this.#size.width * ratio);
    const height = Math.round(this.#size.height * ratio);
    if (!this.#colours) this.#drawn.picture = "";
    const colours = (this.#colours ??= this.#read());
    this.#follow();
    const [from, to] = this.view;
    const gains = this.stems.map(({ name }) => this.#player.gain(name) > 0);
    const known = [this.mixture, ...this.stems.map((stem) => stem.shape)].map((shape) => shape?.length);
    known.push(...this.stems.map((stem) => stem.confidence.length));
    const picture = [width, height, from, to, gains, known].join();
    const x = (seconds) => (this.duration ? ((seconds - from) / (to - from)) * width : 0);
    const played = Math.round(Math.max(0, Math.min(x(this.#player.position), width)));
    const ready = x(this.#player.length);
    const marked = this.marking ?? (this.#player.loop && this.#loop());
    const light = still.matches || !this.working ? null : performance.now();
    const frame = [played, ready, marked, light].join();
    if (picture === this.#drawn.picture && frame === this.#drawn.frame) return;

    const lanes = this.#lanes(height, 2 * ratio);
    if (picture !== this.#drawn.picture) this.#paint(width, height, ratio, lanes, gains, colours);
    this.#drawn = { picture, frame };
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const paint = canvas.getContext("2d");
    paint.clearRect(0, 0, width, height);
    for (const [left, right, strength] of [[0, played, 1], [played, width, AHEAD]]) {
      paint.globalAlpha = strength;
      if (right > left) paint.drawImage(this.#picture, left, 0, right - left, height, left, 0, right - left, height);
    }
    if (marked && this.duration) this.#passage(paint, marked.map(x).sort((a, b) => a - b), width, height, ratio, colours);
    for (const middle of new Set(lanes.map((lane) => lane.middle))) this.#line(paint, ready, width, middle, ratio, colours, light);
    if (this.duration && this.stems.length) {
      paint.globalAlpha = 1;
      paint.fillStyle = colours.ink;
      paint.fillRect(Math.min(played, width - 2 * ratio), 0, Math.max(1, 1.5 * ratio), height);
    }
    paint.globalAlpha = 1;
  }

  /** The stems of the visible range, in the strength of the played part. */
  #paint(width, height, ratio, lanes, gains, colours) {
    Object.assign(this.#picture, { width, height }); // and clear it
    const paint = this.#picture.getContext("2d");
    const [from, to] = this.view;
    const step = Math.max(1, Math.round(ratio)); // one column per CSS pixel
    const bin = (place) => (from + (place / width) * (to - from)) * BINS_PER_S;
    for (const { stem, middle, reaches } of lanes) {
      paint.globalAlpha = SHADE;
      paint.fillStyle = colours.ink;
      for (const seconds of stem?.unsure ?? []) {
        const [left, right] = seconds.map((second) => Math.round(((second - from) / (to - from)) * width));
        for (const reach of reaches) paint.fillRect(left, Math.min(middle, middle + reach), right - left, Math.abs(reach));
      }
    }
    for (let left = 0; left < width; left += step) {
      const first = Math.floor(bin(left));
      const last = Math.max(first + 1, Math.floor(bin(left + step)));
      const whole = read(this.mixture, first, last);
      lanes.forEach(({ stem, middle, reaches }, place) => {
        const seen = read(stem?.shape, first, last);
        const loudness = seen ?? whole; // grey: not separated yet
        const strength = seen ? (gains[place] ? 1 : 0.25) : GREY;
        const colour = seen ? colours[stem.name] : colours.mixture;
        if (loudness) for (const reach of reaches) column(paint, left, step, middle, reach, loudness, colour, strength);
      });
    }
  }

  #loop() {
    const { loop, rate } = this.#player;
    return [loop.from / rate, loop.to / rate];
  }

  /** Keep the position visible while playing. */
  #follow() {
    const { position, state } = this.#player;
    const [from, to] = this.view;
    if (state === "playing" && this.zoom > 1 && (position < from || position > to - MARGIN * (to - from)))
      this.#from = position - MARGIN * (to - from);
  }

  /** The place of each stem: its middle, and the height of full amplitude above and below it. */
  #lanes(height, margin) {
    const stems = this.stems.length ? this.stems : [null];
    if (stems.length === 2) {
      const middle = Math.round(height / 2);
      return stems.map((stem, i) => ({ stem, middle, reaches: [(i ? 1 : -1) * (middle - margin)] }));
    }
    const lane = height / stems.length;
    return stems.map((stem, i) => {
      const reach = lane / 2 - margin;
      return { stem, middle: Math.round((i + 0.5) * lane), reaches: [-reach, reach] };
    });
  }

  /** The loop, or the marked range: the rest is dimmed. */
  #passage(paint, [left, right], width, height, ratio, colours) {
    paint.globalAlpha = 0.6;
    paint.fillStyle = colours.sheet;
    paint.fillRect(0, 0, left, height);
    paint.fillRect(right, 0, width - right, height);
    paint.globalAlpha = 1;
    paint.fillStyle = colours.soft;
    for (const edge of [left, right - 2 * ratio]) paint.fillRect(Math.round(edge), 0, 2 * ratio, height);
  }

  /** The centre line: dots where nothing has been separated yet, with a moving light. */
  #line(paint, ready, width, middle, ratio, colours, now) {
    paint.fillStyle = colours.line;
    paint.globalAlpha = 1;
    paint.fillRect(0, middle - ratio / 2, ready, ratio);
    const gap = 7 * ratio;
    const light = now === null ? -1 : ready + ((now / 2600) % 1) * (width - ready);
    for (let x = Math.ceil(Math.max(0, ready) / gap) * gap; x < width; x += gap) {
      const near = light < 0 ? 0 : Math.max(0, 1 - Math.abs(x - light) / (60 * ratio));
      paint.fillStyle = near > 0 ? colours.vocals : colours.line;
      paint.globalAlpha = near > 0 ? 0.35 + 0.65 * near : 1;
      paint.beginPath();
      paint.arc(x, middle, (1 + 0.8 * near) * ratio, 0, 7);
      paint.fill();
    }
  }

  #read() {
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    const names = ["vocals", "mixture", "ink", "line", "sheet", "soft", ...this.stems.map(({ name }) => name)];
    return Object.fromEntries(names.map((name) => [name, colour(name) || colour("other")]));
  }
}

/** The largest peak and the mean RMS of bins [from, to), 0 to 1; null for unknown bins. */
function read(shape, from, to) {
  if (!shape || from >= shape.length) return null;
  let peak = 0;
  let rms = 0;
  for (let bin = from; bin < Math.min(to, shape.length); bin++) {
    peak = Math.max(peak, shape.peak[bin]);
    rms += shape.rms[bin];
  }
  return { peak: peak / 255, rms: rms / (to - from) / 255 };
}

function column(paint, x, width, middle, reach, { peak, rms }, colour, strength) {
  paint.fillStyle = colour;
  for (const [value, alpha] of [[peak, 0.38], [rms, 1]]) {
    const height = value * reach;
    paint.globalAlpha = alpha * strength;
    paint.fillRect(x, Math.min(middle, middle + height), width, Math.abs(height));
  }
}
