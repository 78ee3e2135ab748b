// The page: current song, errors, API key, keyboard, and recent songs.

import { key, shared } from "./api.js";
import { LANGUAGES, choose, language, t } from "./language.js";
import { Player } from "./player.js";
import { Recent } from "./recent.js";
import { Song } from "./song.js";
import { connect, name, offer } from "./start.js";
import { Waves } from "./waves.js";

const $ = (id) => document.getElementById(id);

export const player = new Player();
const waves = new Waves($("waves"), player);
const song = new Song(player, waves, { problem, news: () => recent.look(), gone: () => home() });
const recent = new Recent({ problem, deleted: (id) => id === song.job?.id && home() });

/** Show an error; null clears it. */
function problem(error) {
  if (error?.name === "AbortError") return;
  if (error?.status === 401 && shared.token) error = new Error(t("share.expired"));
  const unknown = error?.status === 401;
  $("alert").hidden = !error || unknown;
  $("alert").textContent = unknown ? "" : (error?.message ?? "");
  if (unknown) askKey(t(key.get() ? "key.wrong" : "key.needed"));
}

function home() {
  if (location.hash) location.hash = "";
  else show();
}

/** Show the song in the address, or the form. */
async function show(job = null) {
  const [id, query] = location.hash.slice(1).split("?");
  Object.assign(shared, { id, token: new URLSearchParams(query).get("token") });
  document.body.classList.toggle("shared", Boolean(shared.token));
  if (!job && id && id === song.job?.id) return;
  problem(null);
  if (!job) song.close();
  $("start").hidden = Boolean(id);
  if (!id) return recent.look();
  await song.follow(`/v1/jobs/${encodeURIComponent(id)}`);
  if (!song.job && !shared.token && id === location.hash.slice(1)) $("start").hidden = !($("song").hidden = true); // no such song
}

function accepted(job) {
  history.pushState(null, "", `#${job.id}`);
  $("start").hidden = true;
  show(job);
  recent.look();
}

function refused(error) {
  song.close();
  $("start").hidden = false;
  problem(error);
}

connect(song, { accepted, refused, queued: () => recent.look() });
addEventListener("hashchange", () => {
  show();
  if (location.hash) $("song").focus();
});

$("language").append(...Object.entries(LANGUAGES).map(([value, name]) => new Option(name, value)));
$("language").value = language();
$("language").addEventListener("change", async () => {
  await choose($("language").value);
  name();
  song.rename();
  recent.show();
});

/** `wrong`: the problem with the current key, if any. */
function askKey(wrong = "") {
  const dialog = $("key-dialog");
  $("key-wrong").textContent = wrong;
  $("key-wrong").hidden = !wrong;
  if (dialog.open) return;
  $("key").value = key.get();
  dialog.returnValue = "no";
  dialog.showModal();
}
$("key-open").addEventListener("click", () => askKey());
$("key-close").addEventListener("click", () => $("key-dialog").close("no")); // no submit button, so that Enter saves
$("key-dialog").addEventListener("close", () => {
  if ($("key-dialog").returnValue !== "yes") return;
  key.set($("key").value.trim());
  song.close();
  recent.clear();
  begin();
});

/** Keys of a player, except in input fields. */
addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (target.matches("input[type=url], input[type=password], [type=search], select") || !player.length) return;
  const { deck } = song;
  const seeking = !target.matches("input") || target.id === "seek";
  const action = {
    " ": target.matches("button, a, summary, [type=radio], [type=checkbox]") ? null : () => player.toggle(),
    ArrowLeft: seeking && (() => player.seek(player.position - 5)),
    ArrowRight: seeking && (() => player.seek(player.position + 5)),
    "[": () => deck.markStart(),
    "]": () => deck.markEnd(),
    "+": () => deck.zoomBy(2),
    "-": () => deck.zoomBy(0.5),
    Escape: player.loop && (() => player.repeat()),
  }[event.key] ?? (/^[1-9]$/.test(event.key) && (() => deck.listen(event.key - 1)));
  if (!action) return;
  event.preventDefault();
  action();
});

async function begin() {
  show();
  if (shared.token) return; // guests cannot create songs
  try {
    await offer();
  } catch (error) {
    problem(error);
  }
}

begin();
