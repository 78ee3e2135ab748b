// The picture of a song: grey while it is one, then its voice above the line and the rest below.

import { BINS_PER_S } from "./stream.js";

const still = matchMedia("(prefers-reduced-motion: reduce)");
const dark = matchMedia("(prefers-color-scheme: dark)");

export class Waves {
  mixture = null; // Shape of the file, when it was chosen here
  stems = []; // Stem, with their shapes
  duration = 0; // seconds of the whole song; 0 while unknown
  working = false; // whether the line is still to be filled

  #canvas;
  #player;
  #colours = null;

  constructor(canvas, player) {
    this.#canvas = canvas;
    this.#player = player;
    dark.addEventListener("change", () => (this.#colours = null));
    const draw = () => {
      if (!document.hidden && canvas.offsetParent) this.draw();
      requestAnimationFrame(draw);
    };
    requestAnimationFrame(draw);
  }

  draw() {
    const canvas = this.#canvas;
    const ratio = devicePixelRatio || 1;
    const width = Math.round(canvas.clientWidth * ratio);
    const height = Math.round(canvas.clientHeight * ratio);
    if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
    const paint = canvas.getContext("2d");
    const colours = (this.#colours ??= this.#read());
    const middle = Math.round(height / 2);
    const played = this.duration ? (this.#player.position / this.duration) * width : 0;
    paint.clearRect(0, 0, width, height);

    const shapes = { vocals: null, instrumental: null };
    for (const stem of this.stems) shapes[stem.name] = stem.shape;
    const bins = this.duration * BINS_PER_S;
    const step = Math.max(1, Math.round(ratio)); // one column per CSS pixel
    for (let x = 0; x < width; x += step) {
      const from = Math.floor((x / width) * bins);
      const to = Math.max(from + 1, Math.floor(((x + step) / width) * bins));
      const reach = middle - 2 * ratio;
      const seen = { vocals: read(shapes.vocals, from, to), instrumental: read(shapes.instrumental, from, to) };
      const whole = read(this.mixture, from, to);
      for (const [name, sign] of [["vocals", -1], ["instrumental", 1]]) {
        if (seen[name]) {
          const strength = (x <= played ? 1 : 0.55) * (this.#player.gain(name) > 0 ? 1 : 0.25);
          column(paint, x, step, middle, sign * reach, seen[name], colours[name], strength);
        } else if (whole && (shapes[name] || !(seen.vocals || seen.instrumental))) {
          column(paint, x, step, middle, sign * reach, whole, colours.mixture, 0.5); // still to come
        }
      }
    }
    this.#line(paint, width, middle, ratio, colours);
    if (this.duration && this.stems.length) {
      paint.globalAlpha = 1;
      paint.fillStyle = colours.ink;
      paint.fillRect(Math.min(Math.round(played), width - 2 * ratio), 0, Math.max(1, 1.5 * ratio), height);
    }
    paint.globalAlpha = 1;
  }

  /** The line that the song stands on: dots where nothing has been separated, and a slow light on them. */
  #line(paint, width, middle, ratio, colours) {
    const ready = this.duration ? (this.#player.length / this.duration) * width : 0;
    paint.fillStyle = colours.line;
    paint.globalAlpha = 1;
    paint.fillRect(0, middle - ratio / 2, ready, ratio);
    const gap = 7 * ratio;
    const light = still.matches || !this.working ? -1 : ready + ((performance.now() / 2600) % 1) * (width - ready);
    for (let x = Math.ceil(ready / gap) * gap; x < width; x += gap) {
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
    const names = ["vocals", "instrumental", "mixture", "ink", "line"];
    return Object.fromEntries(names.map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
  }
}

/** The largest peak and the mean RMS of bins [from, to), 0 to 1; null where nothing is known. */
function read(shape, from, to) {
  if (!shape?.known[from]) return null;
  let peak = 0;
  let rms = 0;
  for (let bin = from; bin < to; bin++) {
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
