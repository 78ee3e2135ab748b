// The stems of a song that sum to the mixture. `instrumental` is the mixture minus the vocals, so it never plays
// together with its parts.

/** The `stems` that sum to the mixture: all of the model's if present; else all without parts of the instrumental. */
export function addends(stems, ofModel) {
  if (ofModel.every((stem) => stems.includes(stem))) return new Set(ofModel);
  if (!stems.includes("instrumental")) return new Set(stems);
  return new Set(stems.filter((stem) => ["vocals", "instrumental"].includes(stem)));
}
