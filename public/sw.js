// In the installed portal only (docs/adr/0025): keeps the last seen home page for a person without a connection, with
// its style, fonts and logo. Every other page comes from the network and is never stored. A sign-out deletes the copy.
"use strict";
const STORE = "home";
const HOME = "/accounts";
const NO_PAGE =
  '<!DOCTYPE html><html lang="ru"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Нет связи</title><h1>Нет связи</h1><p>Проверьте интернет и обновите страницу.';

// The template of the page says that there is no connection and from when the data are. Only a page with it is stored.
const store = async (page) => {
  const html = await page.text();
  await caches.delete(STORE);
  if (!html.includes("<template")) return;
  const cache = await caches.open(STORE);
  await cache.addAll(html.match(/\/[\w/.-]+(css|woff2|logo)\?v=\w+/g));
  await cache.put(HOME, new Response(html.replaceAll("template", "div"), page));
};
const navigate = async (event) => {
  const page = await fetch(event.request).catch(() => {});
  if (!page) return (await caches.match(HOME)) ?? new Response(NO_PAGE, { headers: { "content-type": "text/html" } });
  const path = new URL(event.request.url).pathname;
  if (page.ok && path === HOME) event.waitUntil(store(page.clone()));
  // Only a guest gets these pages.
  if (page.ok && /^\/(sign-in.*)?$/.test(path)) event.waitUntil(caches.delete(STORE));
  return page;
};
// A sign-out unregisters the worker, but not every browser empties its store: the next worker does.
addEventListener("install", (event) => event.waitUntil(caches.delete(STORE)));
// Forms go past the worker: a request of its own could hide from the server which site sent them.
addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(navigate(event));
  else if (/style|font|image/.test(request.destination)) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
