// The page: which song it shows, what went wrong, the key, the keyboard, and the songs of late.

import { get, key } from "./api.js";
import { Player } from "./player.js";
import { Song } from "./song.js";
import { connect, offer } from "./start.js";
import { Waves } from "./waves.js";
import { STATES, title } from "./words.js";

const $ = (id) => document.getElementById(id);

export const player = new Player();
const waves = new Waves($("waves"), player);
const song = new Song(player, waves, { problem, news: recent, gone: () => home() });

/** Say what went wrong; null when all is well again. */
function problem(error) {
  if (error?.name === "AbortError") return;
  $("alert").hidden = !error;
  $("alert").textContent = error?.message ?? "";
  if (error?.status === 401) askKey();
}

function home() {
  if (location.hash) location.hash = "";
  else show();
}

/** Show the song that the address names, or the form. */
async function show(job = null) {
  const id = location.hash.slice(1);
  if (!job && id && id === song.job?.id) return;
  problem(null);
  if (!job) song.close();
  $("start").hidden = Boolean(id);
  if (!id) return recent();
  await song.follow(`/v1/jobs/${encodeURIComponent(id)}`);
  if (!song.job && id === location.hash.slice(1)) $("start").hidden = !($("song").hidden = true); // there is none
}

function accepted(job) {
  history.pushState(null, "", `#${job.id}`);
  $("start").hidden = true;
  show(job);
  recent();
}

function refused(error) {
  song.close();
  $("start").hidden = false;
  problem(error);
}

connect(song, { accepted, refused });
addEventListener("hashchange", () => show());

setInterval(() => document.hidden || recent(), 30000);

/** The latest jobs of this key, as the service knows them. */
async function recent() {
  let jobs = [];
  try {
    ({ jobs } = await get("/v1/jobs?limit=10"));
  } catch {
    return; // what is shown stays; a real trouble is told where it hinders
  }
  $("recent").hidden = !jobs.length;
  $("jobs").replaceChildren(
    ...jobs.map((job) => {
      const link = Object.assign(document.createElement("a"), { href: `#${job.id}` });
      if (job.id === location.hash.slice(1)) link.setAttribute("aria-current", "page");
      const name = Object.assign(document.createElement("strong"), { textContent: title(job.source.filename) });
      const rest = Object.assign(document.createElement("span"), { textContent: `${STATES[job.state]}, ${ago(job.created_at)}` });
      link.append(name, " ", rest);
      const item = document.createElement("li");
      item.dataset.state = job.state;
      item.append(link);
      return item;
    }),
  );
}

function ago(moment) {
  const minutes = (new Date(moment) - Date.now()) / 60000;
  const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  if (minutes > -1) return "just now";
  if (minutes > -60) return relative.format(Math.round(minutes), "minute");
  if (minutes > -60 * 24) return relative.format(Math.round(minutes / 60), "hour");
  return relative.format(Math.round(minutes / 60 / 24), "day");
}

function askKey() {
  const dialog = $("key-dialog");
  if (dialog.open) return;
  $("key").value = key.get();
  dialog.returnValue = "no";
  dialog.showModal();
}
$("key-open").addEventListener("click", askKey);
$("key-close").addEventListener("click", () => $("key-dialog").close("no")); // no submit button: Enter is for the other
$("key-dialog").addEventListener("close", () => {
  if ($("key-dialog").returnValue !== "yes") return;
  key.set($("key").value.trim());
  song.close();
  begin();
});

/** Keys of a player, except where they mean something else. */
addEventListener("keydown", (event) => {
  const { target } = event;
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (target.matches("input[type=url], input[type=password], select") || !player.length) return;
  const seeking = !target.matches("input") || target.id === "seek";
  const action = {
    " ": target.matches("button, a, summary, [type=radio], [type=checkbox]") ? null : () => player.toggle(),
    ArrowLeft: seeking && (() => player.seek(player.position - 5)),
    ArrowRight: seeking && (() => player.seek(player.position + 5)),
    1: () => player.listen("mixture"),
    2: () => player.listen("vocals"),
    3: () => player.listen("instrumental"),
  }[event.key];
  if (!action) return;
  event.preventDefault();
  action();
});

async function begin() {
  show();
  try {
    await offer();
  } catch (error) {
    problem(error);
  }
}

begin();
