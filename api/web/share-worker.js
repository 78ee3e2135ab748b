// A service worker for one address: songs that are shared to the installed page from another app. They wait in a cache
// until the page takes them. All other requests are the browser's.

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
