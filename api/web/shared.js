// Songs that another app has shared to the installed page (share-worker.js): they are sent when the user says so.

import { confirm } from "./dialog.js";
import { title } from "./words.js";

const SHARED = "shared";

/** Take what was shared, if the address says so, and hand those files to `take` that are to be sent. */
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
