// Karaoke: full screen, with a soft voice.

const VOICE = 10 ** (-20 / 20); // gain of the voice

const $ = (id) => document.getElementById(id);

export class Karaoke {
  #player;
  #before = null; // {mode, levels, muted} of the player, to restore

  constructor(player) {
    this.#player = player;
    $("karaoke").addEventListener("click", () => this.#enter());
    $("karaoke-leave").addEventListener("click", () => this.leave());
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || this.leave());
    addEventListener("keydown", (event) => event.key === "Escape" && this.leave()); // the browser handles it in full screen only
  }

  /** Show the button for a song with vocals among `stems`. */
  load(stems) {
    this.leave();
    $("karaoke").hidden = stems.length < 2 || !stems.includes("vocals");
  }

  async #enter() {
    const player = this.#player;
    this.#before = { mode: player.mode, levels: { ...player.levels }, muted: { ...player.muted } };
    player.listen("mixture");
    for (const stem of Object.keys(player.levels)) {
      player.mute(stem, false);
      player.level(stem, stem === "vocals" ? VOICE : 1);
    }
    $("song").classList.add("karaoke");
    $("karaoke-leave").hidden = false;
    $("song").focus(); // so that space toggles playback
    await $("song").requestFullscreen?.().catch(() => {}); // not supported on some phones
    player.play();
  }

  leave() {
    if (!this.#before) return;
    const { mode, levels, muted } = this.#before;
    this.#before = null;
    $("song").classList.remove("karaoke");
    $("karaoke-leave").hidden = true;
    if (document.fullscreenElement) document.exitFullscreen();
    for (const [stem, level] of Object.entries(levels)) {
      if (!(stem in this.#player.levels)) return; // another song has been opened
      this.#player.level(stem, level);
      this.#player.mute(stem, muted[stem]);
    }
    this.#player.listen(mode);
    $("karaoke").focus();
  }
}
