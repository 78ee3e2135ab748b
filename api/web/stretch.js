// An audio worklet that shifts pitch. The player's sources run at the tempo, which shifts their pitch; this corrects it.
// It processes the mix of all stems, so they stay in sync.

import { pipe } from "./engine.js";

const BLOCK = 1024; // frames per block: the transposer is least exact at the edges of a block
const RESERVE = 2 * BLOCK; // frames in reserve, because the engine returns them in bursts

registerProcessor(
  "stretch",
  class extends AudioWorkletProcessor {
    static parameterDescriptors = [
      { name: "pitch", defaultValue: 1, minValue: 0.25, maxValue: 4, automationRate: "k-rate" },
    ];

    #pipe = pipe(sampleRate);
    #block = new Float32Array(2 * BLOCK);
    #filled = 0;
    #wait = RESERVE; // frames until the output starts
    #fresh = false; // whether to clear all buffers

    constructor() {
      super();
      this.port.onmessage = () => (this.#fresh = true);
    }

    process([input], [[left, right]], { pitch }) {
      this.#put(input, left.length, pitch[0]);
      const { outputBuffer } = this.#pipe;
      if (this.#wait > 0) {
        if (outputBuffer.frameCount) this.#wait -= left.length;
      } else {
        const frames = Math.min(left.length, outputBuffer.frameCount);
        const samples = new Float32Array(2 * frames);
        outputBuffer.extract(samples, 0, frames);
        outputBuffer.receive(frames);
        for (let i = 0; i < frames; i++) {
          const fade = this.#fresh ? 1 - i / frames : 1;
          left[i] = fade * samples[2 * i];
          right[i] = fade * samples[2 * i + 1];
        }
      }
      if (this.#fresh) this.#clear();
      return true;
    }

    #put([left, right = left], frames, pitch) {
      for (let i = 0; i < frames; i++) {
        this.#block[2 * (this.#filled + i)] = left ? left[i] : 0; // no channel: nothing is playing
        this.#block[2 * (this.#filled + i) + 1] = left ? right[i] : 0;
      }
      this.#filled += frames;
      if (this.#filled < BLOCK) return;
      if (this.#pipe.virtualPitch !== pitch) this.#pipe.pitch = pitch;
      this.#pipe.inputBuffer.putSamples(this.#block, 0, BLOCK);
      this.#pipe.process();
      this.#filled = 0;
    }

    #clear() {
      this.#pipe = pipe(sampleRate);
      this.#filled = 0;
      this.#wait = RESERVE;
      this.#fresh = false;
    }
  },
);
