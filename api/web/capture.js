// Stands in for an audio worklet's scope while the vendored processor is read, and keeps its class.

export const captured = { Processor: null };

const scope = globalThis;
const native = { AudioWorkletProcessor: scope.AudioWorkletProcessor, registerProcessor: scope.registerProcessor };
scope.AudioWorkletProcessor = class {};
scope.registerProcessor = (name, Processor) => (captured.Processor = Processor);
scope.sampleRate ??= 44100; // missing in a worker

/** Restore the scope. */
export const restore = () => Object.assign(scope, native);
