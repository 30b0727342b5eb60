// The page «Уведомления в браузере» (src/pages/settings/push.rs), which has all texts: asks for permission on a press,
// subscribes this browser and posts the form with its subscription.
"use strict";
// A block: the names of this file and of site.js are in one scope otherwise.
{
  const place = document.getElementById("push"), field = document.getElementById("subscription"), worker = navigator.serviceWorker;
  const say = (state) => {
    for (const text of document.querySelectorAll("[data-push]")) text.hidden = text.dataset.push !== state;
  };
  const subscribe = async () => {
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return say(permission);
    // The installed portal has its worker already. That of a tab stores no page (docs/adr/0025).
    if (!(await worker.getRegistration())) await worker.register("/sw.js?push");
    const { pushManager } = await worker.ready;
    const options = { userVisibleOnly: true, applicationServerKey: place.dataset.key };
    // A subscription with an earlier key of the portal is in the way of the new one.
    const subscription = await pushManager.subscribe(options).catch(async () => {
      await (await pushManager.getSubscription())?.unsubscribe();
      return pushManager.subscribe(options);
    });
    field.value = JSON.stringify(subscription);
    field.form.requestSubmit();
  };
  // Marks this browser in the list by the hash of its address.
  const findItself = async () => {
    const subscription = await (await worker.getRegistration())?.pushManager.getSubscription();
    if (!subscription) return;
    const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(subscription.endpoint));
    const mark = document.getElementById([...new Uint8Array(hash)].map((byte) => byte.toString(16).padStart(2, "0")).join(""));
    if (mark) (mark.hidden = false), say("on");
  };
  if (worker && "PushManager" in window && "Notification" in window) {
    place.hidden = false;
    place.querySelector("button").addEventListener("click", (event) => (event.preventDefault(), subscribe().catch(() => say("failed"))));
    if (Notification.permission === "denied") say("denied");
    findItself();
    // Only iPhones and iPads have this property: there a page pushes after it is installed.
  } else say("standalone" in navigator ? "install" : "unsupported");
}
