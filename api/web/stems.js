// Which stems of a song add up to the mixture. `instrumental` is the mixture less the vocals, so it and its parts are not
// heard at once.

/** Of `stems`, those that add up to the mixture: all that the model makes where they are there; else with the sum. */
export function addends(stems, ofModel) {
  if (ofModel.every((stem) => stems.includes(stem))) return new Set(ofModel);
  if (!stems.includes("instrumental")) return new Set(stems);
  return new Set(stems.filter((stem) => ["vocals", "instrumental"].includes(stem)));
}
