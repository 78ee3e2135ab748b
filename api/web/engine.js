// SoundTouch's engine, out of the worklet processor that it is vendored as; for a worklet and for a worker.

import { captured, restore } from "./capture.js";
import "./vendor/soundtouch-processor.js";

restore();
const Engine = new captured.Processor()._pipe.constructor;

/** A stretcher for stereo at `rate` Hz: write to `inputBuffer`, call `process()`, read from `outputBuffer`. */
export function pipe(rate) {
  const engine = new Engine({ sampleRate: rate });
  engine.setStretchParameters({ quickSeek: false }); // search the best joints: the quick search is audible in held notes
  return engine;
}
