// Facts as texts in the language of the page.

import { knows, language, t } from "./language.js";

export const FORMATS = ["auto", "same", "flac", "wav16", "wav24", "wav32f", "mp3", "m4a", "opus"];

/** The name of a stem or of the mixture; the service's name if the page has no other. */
export const stem = (name) => (knows(`stem.${name}`) ? t(`stem.${name}`) : name);

export const format = (name) => (knows(`format.${name}`) ? t(`format.${name}`) : name);

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

const unit = (value, name, display = "long", digits = 0) =>
  new Intl.NumberFormat(language(), {
    style: "unit",
    unit: name,
    unitDisplay: display,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(value);

/** For screen readers: "1 minute 5 seconds". */
export function spoken(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = unit(Math.floor(seconds % 60), "second");
  return minutes ? `${unit(minutes, "minute")} ${rest}` : rest;
}

export const size = (bytes) =>
  bytes < 1e6
    ? unit(Math.max(1, Math.round(bytes / 1e3)), "kilobyte", "short")
    : unit(bytes / 1e6, "megabyte", "short", bytes < 1e7 ? 1 : 0);

export const percent = (fraction) => new Intl.NumberFormat(language(), { style: "percent" }).format(fraction);

export const date = (moment, options) => new Date(moment).toLocaleString(language(), options);

export function left(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 5) return t("left.few");
  if (seconds < 90) return t("left.about", { time: unit(Math.ceil(seconds / 5) * 5, "second", "short") });
  return t("left.about", { time: unit(Math.round(seconds / 60), "minute", "short") });
}

export function ago(moment) {
  const minutes = (new Date(moment) - Date.now()) / 60000;
  const relative = new Intl.RelativeTimeFormat(language(), { numeric: "auto" });
  if (minutes > -1) return t("ago.now");
  if (minutes > -60) return relative.format(Math.round(minutes), "minute");
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), "hour");
  if (minutes > -60 * 24 * 7) return relative.format(Math.round(minutes / 60 / 24), "day");
  return date(moment, { dateStyle: "medium" });
}

export const title = (filename) => filename.replace(/\.[A-Za-z0-9]{1,5}$/, "") || filename;

/** The state of a job. */
export function stage(job) {
  const { state, progress } = job;
  if (!["queued", "running"].includes(state)) return t(`state.${state}`);
  if (job.cancel_requested_at) return t("stage.canceling");
  if (state === "queued") return job.queue_position ? t("stage.place", { count: job.queue_position }) : t("stage.waiting");
  if (job.stage === "finishing" || (progress.chunks_total && progress.chunks_done === progress.chunks_total)) return t("stage.writing");
  if (!progress.chunks_total) return t("stage.reading");
  return t("stage.separating", { percent: percent(progress.fraction) });
}

const TONICS = { major: "C Db D Eb E F F# G Ab A Bb B", minor: "C C# D Eb E F F# G G# A Bb B" };
const SURE = 0.4; // minimum confidence of a shown estimate

/** The key as the service names it ("A minor"), `shift` semitones higher. */
export function musicalKey(name, shift = 0) {
  const [tonic, mode] = name.split(" ");
  const place = TONICS[mode].split(" ").indexOf(tonic) + shift;
  return t(`music.${mode}`, { tonic: t(`music.tonics.${mode}`).split(" ")[((place % 12) + 12) % 12] });
}

/** The key and tempo of a job's source: {key, tempo}, null below the minimum confidence. */
export const likely = (source) => ({
  key: source.key_confidence >= SURE ? source.key : null,
  tempo: source.tempo_confidence >= SURE ? source.tempo_bpm : null,
});

/** Facts about a finished job, a phrase each. */
export function facts(job) {
  const { source, options, model, timings } = job;
  const said = [];
  if (source.sample_rate) {
    const channels = { 1: t("fact.mono"), 2: t("fact.stereo") }[source.channels] ?? t("fact.channels", { count: source.channels });
    said.push(`${source.sample_rate / 1000} kHz ${channels}, ${clock(source.duration_s)}`);
  }
  const { key, tempo } = likely(source);
  if (key) said.push(t("fact.key", { key: musicalKey(key), percent: percent(source.key_confidence) }));
  if (tempo) said.push(t("fact.tempo", { tempo: Math.round(tempo), percent: percent(source.tempo_confidence) }));
  said.push(t("fact.made", { quality: t(`quality.${options.quality}`), model: `${model.name} ${model.version}` }));
  if (job.cached_from) said.push(t("fact.copied"));
  else if (timings.total_s) said.push(t("fact.took", { time: spoken(Math.max(1, Math.round(timings.total_s))) }));
  if (job.outputs.length > 1) {
    const error = job.null_error_db;
    if (error === null) said.push(t("fact.exact"));
    else said.push(t("fact.within", { level: Math.abs(Math.round(error)) }));
  }
  const expires = job.outputs[0]?.expires_at;
  if (job.outputs_expired_at) said.push(t("fact.removed"));
  else if (expires) said.push(t("fact.kept", { date: date(expires, { day: "numeric", month: "long" }) }));
  return said;
}
