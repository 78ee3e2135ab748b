// A service worker for one address: it receives songs that another app shares with the installed page, and caches
// them until the page takes them. All other requests go to the browser.

const SHARED = "shared";

addEventListener("install", () => skipWaiting());

addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  if (method === "POST" && new URL(url).pathname === "/assets/share") event.respondWith(keep(event.request));
});

async function keep(request) {
  const cache = await caches.open(SHARED);
  for (const file of (await request.formData()).getAll("song"))
    await cache.put(`/assets/share/${encodeURIComponent(file.name)}`, new Response(file));
  return Response.redirect("/?shared", 303);
}
