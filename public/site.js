// What must work before the WebAssembly is loaded, or is not worth WebAssembly. Every page works without this file too.
"use strict";
const all = (selector, root = document) => root.querySelectorAll(selector);
// How long a form without an answer stays guarded: the server gives up after 30 seconds.
const GUARD_MILLIS = 32_000, TOAST_MILLIS = 6_000;

// A second press of a form under way does nothing; the pressed button shows its busy text.
const guard = (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.hasAttribute("aria-busy")) return event.preventDefault();
  form.setAttribute("aria-busy", "true");
  const button = event.submitter ?? form.querySelector("[type=submit]");
  button?.setAttribute("aria-disabled", "true");
  if (button?.dataset.busy) [button.dataset.text, button.textContent] = [button.textContent, button.dataset.busy];
  setTimeout(free, GUARD_MILLIS, form);
};
const free = (form) => {
  form.removeAttribute("aria-busy");
  for (const button of all("[aria-disabled=true]", form)) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.text) button.textContent = button.dataset.text;
  }
};

const reveal = (button, show) => {
  document.getElementById(button.dataset.reveal).type = show ? "text" : "password";
  button.textContent = show ? "Скрыть" : "Показать";
  button.setAttribute("aria-pressed", String(show));
};
const toast = (words, stays) => {
  const place = document.getElementById("toast");
  clearTimeout(toast.timer);
  place.textContent = words;
  if (!stays) toast.timer = setTimeout(() => place.replaceChildren(), TOAST_MILLIS);
};
const presses = {
  "[data-reveal]": (button) => reveal(button, button.getAttribute("aria-pressed") !== "true"),
  "[data-print]": () => window.print(),
  "[data-copy]": ({ dataset }) => navigator.clipboard.writeText(dataset.copy).then(() => toast(dataset.copied), () => toast(dataset.notCopied)),
  // Another tab still gets the page of the link.
  "[data-dialog]": (link, event) => event.ctrlKey || event.metaKey || event.shiftKey || (event.preventDefault(), document.getElementById(link.dataset.dialog).showModal()),
  // A hint closed by Escape opens again; without popovers the focus opens it, and a tap does not focus everywhere.
  ".tip-button": (button) => (button.parentElement.classList.remove("tip-closed"), "popover" in button || button.focus()),
  ".error-summary a": (link, event) => {
    const field = document.getElementById(link.hash.slice(1));
    if (field) event.preventDefault(), field.focus(), field.closest(".field")?.scrollIntoView({ block: "center" });
  },
};
document.addEventListener("click", (event) => {
  for (const [selector, press] of Object.entries(presses)) {
    const target = event.target.closest(selector);
    if (target) return press(target, event);
  }
});
document.addEventListener("submit", (event) => {
  guard(event);
  // A shown password is hidden again, so that no browser offers it as plain text.
  for (const button of all(".password [data-reveal]", event.target)) reveal(button, false);
});
document.addEventListener("keydown", ({ key }) => key === "Escape" && all(".tip:hover, .tip:focus-within").forEach((tip) => tip.classList.add("tip-closed")));
for (const leaving of ["pointerout", "focusout"]) document.addEventListener(leaving, ({ target, relatedTarget }) => {
  const tip = target.closest?.(".tip-closed");
  if (tip && !tip.contains(relatedTarget)) tip.classList.remove("tip-closed");
});
for (const change of ["offline", "online"]) window.addEventListener(change, () => toast(document.getElementById("toast").dataset[change], change === "offline"));
// A page that comes back from the browser's memory has its forms free again.
window.addEventListener("pageshow", ({ persisted }) => persisted && all("form").forEach(free));
for (const button of all(navigator.clipboard ? "[data-reveal], [data-print], [data-copy]" : "[data-reveal], [data-print]")) button.hidden = false;
document.querySelector(".error-summary:not([hidden])")?.focus();
// Where the browser can read the SMS itself, it offers the code (WebOTP); the form reacts as if it was typed.
const code = document.querySelector("[data-posts-when-full]");
const fill = (otp) => ((code.value = otp.code), code.dispatchEvent(new Event("input", { bubbles: true })));
if (code && "OTPCredential" in window) navigator.credentials.get({ otp: { transport: ["sms"] } }).then(fill, () => {});
// The link of a letter in the browser that registered: the form submits itself. No other browser gets this form.
for (const form of all("form[data-submit-at-once]")) form.requestSubmit();
// A browser in a library keeps nothing: only the installed portal has its worker (docs/adr/0025).
if (matchMedia("(display-mode: standalone)").matches) navigator.serviceWorker?.register("/sw.js");
