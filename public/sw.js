// In the installed portal only (docs/adr/0025): keeps the last seen home page for a person without a connection, with
// its style, fonts and logo. Every other page comes from the network and is never stored. A sign-out deletes the copy.
// In a tab, as `/sw.js?push`, it shows pushes only (docs/adr/0028).
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
  if (location.search || request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(navigate(event));
  else if (/style|font|image/.test(request.destination)) event.respondWith(fetch(request).catch(() => caches.match(request)));
});
// A broken push is shown too: browsers end the subscription of a worker that shows nothing.
addEventListener("push", (event) => {
  let push;
  try {
    push = event.data.json();
  } catch {}
  const { title = "Личный кабинет", body = "Есть новости. Откройте кабинет.", link = HOME } = push ?? {};
  event.waitUntil(registration.showNotification(title, { body, tag: title + link, icon: "/icons/icon-192.png", data: link }));
});
// Only a page of the portal is opened, in its tab if there is one: another tab may have a form half filled in.
addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { origin, href } = new URL(event.notification.data, location);
  const page = origin === location.origin ? href : HOME;
  const open = (tabs) => tabs.find(({ url }) => url === page)?.focus() ?? clients.openWindow(page);
  event.waitUntil(clients.matchAll({ type: "window", includeUncontrolled: true }).then(open));
});
