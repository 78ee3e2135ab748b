// Facts as a person would say them.

export const NAMES = { mixture: "Mixture", vocals: "Vocals", instrumental: "Instrumental" };

export const STATES = {
  queued: "Waiting",
  running: "Being separated",
  succeeded: "Done",
  failed: "It did not work",
  canceled: "Canceled",
  expired: "Not begun in time",
};

export const FORMATS = {
  auto: "FLAC",
  same: "Same as the song",
  flac: "FLAC, 24 bit",
  wav16: "WAV, 16 bit",
  wav24: "WAV, 24 bit",
  wav32f: "WAV, 32 bit float",
  mp3: "MP3",
  m4a: "M4A (AAC)",
  opus: "Opus",
};

export function clock(seconds) {
  const whole = Math.floor(seconds);
  const two = (number) => String(number).padStart(2, "0");
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
}

/** For ears: "1 minute 5 seconds". */
export function spoken(seconds) {
  const minutes = Math.floor(seconds / 60);
  const rest = Math.floor(seconds % 60);
  const many = (count, word) => `${count} ${word}${count === 1 ? "" : "s"}`;
  return minutes ? `${many(minutes, "minute")} ${many(rest, "second")}` : many(rest, "second");
}

export function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

export function left(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 5) return "a few seconds left";
  if (seconds < 90) return `about ${Math.ceil(seconds / 5) * 5} s left`;
  return `about ${Math.round(seconds / 60)} min left`;
}

export const title = (filename) => filename.replace(/\.[A-Za-z0-9]{1,5}$/, "") || filename;

/** What a job is doing or has come to. */
export function stage(job) {
  const { state, progress } = job;
  if (!["queued", "running"].includes(state)) return STATES[state];
  if (job.cancel_requested_at) return "Canceling";
  if (state === "queued") return job.queue_position ? `Waiting: ${job.queue_position} before this one` : "Waiting for its turn";
  if (job.stage === "finishing" || (progress.chunks_total && progress.chunks_done === progress.chunks_total)) return "Writing the files";
  if (!progress.chunks_total) return "Reading the song";
  return `Lifting the voice: ${Math.round(progress.fraction * 100)} %`;
}

/** What there is to know about a finished job, a phrase each. */
export function facts(job) {
  const { source, options, model, timings } = job;
  const said = [];
  if (source.sample_rate) {
    const channels = { 1: "mono", 2: "stereo" }[source.channels] ?? `${source.channels} channels`;
    said.push(`${source.sample_rate / 1000} kHz ${channels}, ${clock(source.duration_s)}`);
  }
  said.push(`Quality ${options.quality}, by ${model.name} ${model.version}`);
  if (job.cached_from) said.push("This song had been separated before, so the files are copies");
  else if (timings.total_s) said.push(`Separated in ${spoken(Math.max(1, Math.round(timings.total_s)))}`);
  if (job.outputs.length === 2) {
    const error = job.null_error_db;
    if (error === null) said.push("Vocals and instrumental add up to the mixture exactly");
    else said.push(`Vocals and instrumental add up to the mixture to within −${Math.abs(Math.round(error))} dB`);
  }
  const expires = job.outputs[0]?.expires_at;
  if (job.outputs_expired_at) said.push("The files have been removed, as their time was over");
  else if (expires) said.push(`Kept until ${new Date(expires).toLocaleDateString(undefined, { day: "numeric", month: "long" })}`);
  return said;
}

/** What its owner should not overlook, a sentence each. */
export function notes(job) {
  const converted = job.outputs.map((output) => output.converted).filter(Boolean);
  return [...new Set([...converted, ...job.warnings])];
}
