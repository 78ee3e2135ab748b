// SoundTouch's engine, out of the worklet processor that it is vendored as; for a worklet and for a worker.

import { captured, restore } from "./capture.js";
import "./vendor/soundtouch-processor.js";

restore();
const Engine = new captured.Processor()._pipe.constructor;

/** A pipe for stereo at `rate` Hz: samples go into `inputBuffer`, `process()`, and come out of `outputBuffer`. */
export function pipe(rate) {
  const engine = new Engine({ sampleRate: rate });
  engine.setStretchParameters({ quickSeek: false }); // joints where they fit best, which can be heard in held notes
  return engine;
}
