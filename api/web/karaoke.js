// Karaoke: the song fills the screen, its voice soft enough to sing over.

const VOICE = 10 ** (-20 / 20); // of its level

const $ = (id) => document.getElementById(id);

export class Karaoke {
  #player;
  #before = null; // {mode, levels, muted} of the player, while it lasts

  constructor(player) {
    this.#player = player;
    $("karaoke").addEventListener("click", () => this.#enter());
    $("karaoke-leave").addEventListener("click", () => this.leave());
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || this.leave());
    addEventListener("keydown", (event) => event.key === "Escape" && this.leave()); // where nothing fills the screen
  }

  /** Offer it for a song of `stems`. */
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
    $("song").focus(); // so that space stops and plays
    await $("song").requestFullscreen?.().catch(() => {}); // phones without it have the page as large as it is
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
