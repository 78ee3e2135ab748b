// Songs that another app has shared with the installed page (share-worker.js): sent when the user confirms.

import { confirm } from "./dialog.js";
import { title } from "./words.js";

const SHARED = "shared";

/** If the address reports shared files, ask the user and pass the confirmed ones to `take`. */
export async function takeShared(take) {
  navigator.serviceWorker?.register(new URL("share-worker.js", import.meta.url));
  if (location.search !== "?shared") return;
  history.replaceState(null, "", location.pathname);
  const cache = await caches.open(SHARED);
  const files = [];
  for (const request of await cache.keys()) {
    const name = decodeURIComponent(request.url.split("/").at(-1));
    files.push(new File([await (await cache.match(request)).blob()], name));
    await cache.delete(request);
  }
  const names = files.map(({ name }) => title(name)).join(", ");
  if (files.length && (await confirm("shared-dialog", { name: names }))) take(files);
}
