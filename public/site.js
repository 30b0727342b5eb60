// Small comforts that work before the WebAssembly is there and without it. Every page works without this file too.
"use strict";

// How long a form that got no answer stays guarded: the server gives up after 30 seconds.
const GUARD_MILLIS = 32_000;

// A second press of a form on its way does nothing; the pressed button says what goes on.
const guardForm = (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if ("sent" in form.dataset) return event.preventDefault();
  form.dataset.sent = "";
  form.setAttribute("aria-busy", "true");
  markBusy(event.submitter ?? form.querySelector("button[type=submit]"));
  setTimeout(() => freeForm(form), GUARD_MILLIS);
};

const freeForm = (form) => {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  for (const button of form.querySelectorAll("[aria-disabled=true]")) {
    button.removeAttribute("aria-disabled");
    if (button.dataset.text) button.textContent = button.dataset.text;
  }
};

// A form that only asks has its answer shown in place; when that fails in any way, the page is opened as ever.
const showInPlace = async (event) => {
  const form = event.target;
  const part = document.getElementById(form.dataset.result);
  if (!part) return;
  event.preventDefault();
  if (part.getAttribute("aria-busy") === "true") return;
  const address = `${form.action}?${new URLSearchParams(new FormData(form))}`;
  part.setAttribute("aria-busy", "true");
  markBusy(event.submitter);
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById(part.id);
    const told = fresh.querySelector(".error-summary, .notice");
    document.title = page.title;
    part.replaceWith(fresh);
    history.replaceState(null, "", address);
    told.tabIndex = -1;
    told.focus();
  } catch {
    location.assign(address);
  }
};

const markBusy = (button) => {
  if (!button) return;
  button.setAttribute("aria-disabled", "true");
  if (button.dataset.busy) {
    button.dataset.text = button.textContent;
    button.textContent = button.dataset.busy;
  }
};

// «Показать» of a password or a PIN. It is hidden again before it is sent, so that no browser offers it as plain text.
const reveal = (button, show) => {
  const input = document.getElementById(button.dataset.reveal);
  if (!input) return;
  input.type = show ? "text" : "password";
  input.autocapitalize = "none";
  button.textContent = show ? "Скрыть" : "Показать";
  button.setAttribute("aria-pressed", String(show));
};

// A code may be typed or pasted with spaces and dashes; what cannot be a digit is dropped, nothing else is.
const keepDigits = (input) => {
  const most = Number(input.dataset.digits);
  const digits = input.value.replace(/\D/g, "");
  if (input.value !== digits) input.value = digits;
  if (digits.length === most && "postWhenFull" in input.dataset && !("posted" in input.dataset)) {
    input.dataset.posted = "";
    input.form?.requestSubmit();
  }
};

// Where the browser can read the SMS itself, it offers the code (WebOTP).
const offerCode = (input) => {
  if (!("OTPCredential" in window)) return;
  const abort = new AbortController();
  input.form?.addEventListener("submit", () => abort.abort());
  navigator.credentials
    .get({ otp: { transport: ["sms"] }, signal: abort.signal })
    .then((otp) => {
      input.value = otp.code;
      keepDigits(input);
    })
    .catch(() => {});
};

// A new password is held against its rule before it is sent; where it breaks the rule, the rule becomes the error.
const keepsRule = (input) => {
  const part = (name) => document.getElementById(`${input.id}-${name}`);
  const good = input.validity.valid;
  part("error").textContent = good ? "" : part("hint").textContent;
  input.setAttribute("aria-invalid", String(!good));
  return good;
};

// A payment that waits for the bank is asked about ever more rarely: the bank mostly answers within seconds, and a page
// left open, for half an hour here, must not load the server. Once the state has changed, the page is loaded anew.
const QUESTION_SECONDS = [2, 2, 3, 5, 8, 13, 20, ...Array(58).fill(30)];
const SLOW_ROUND = 8;
const FAILURES_TO_TELL = 3;
const ANSWER_MILLIS = 15_000;

const watchPayment = async (line) => {
  const { watch, state } = line.dataset;
  const say = (words) => {
    const said = line.lastElementChild;
    if (said.textContent !== line.dataset[words]) said.textContent = line.dataset[words];
  };
  let failures = 0;
  for (const [round, seconds] of QUESTION_SECONDS.entries()) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    try {
      const answer = await fetch(watch, { signal: AbortSignal.timeout(ANSWER_MILLIS) });
      const now = await answer.json();
      if (now === "SignedOut") return say("signedOut");
      if (answer.ok && now !== state) return location.reload();
      failures = answer.ok ? 0 : failures + 1;
    } catch {
      failures += 1;
    }
    say(failures >= FAILURES_TO_TELL ? "offline" : round >= SLOW_ROUND ? "slow" : "waiting");
  }
};

// A question above the page in place of a page that asks it; another tab still gets that page.
const openDialog = (event, id) => {
  const dialog = document.getElementById(id);
  if (!dialog?.showModal || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  dialog.showModal();
};

// A short word at the foot of the window, gone by itself unless it is told to stay.
const TOAST_MILLIS = 6_000;
let toastTimer;
const toast = (words, stays) => {
  const place = document.getElementById("toast");
  clearTimeout(toastTimer);
  place.textContent = words;
  if (!stays) toastTimer = setTimeout(() => place.replaceChildren(), TOAST_MILLIS);
};

const copy = ({ copy, copied, notCopied }) =>
  navigator.clipboard.writeText(copy).then(
    () => toast(copied),
    () => toast(notCopied),
  );

for (const change of ["offline", "online"]) {
  window.addEventListener(change, () => toast(document.getElementById("toast").dataset[change], change === "offline"));
}

document.addEventListener("submit", (event) => {
  const password = event.target.querySelector("[data-rule]");
  if (password && !keepsRule(password)) {
    event.preventDefault();
    password.focus();
  }
  if (event.target.dataset.result) showInPlace(event);
  guardForm(event);
  if (!event.defaultPrevented) for (const button of event.target.querySelectorAll("[data-reveal]")) reveal(button, false);
});

document.addEventListener("input", (event) => {
  if (event.target.dataset?.digits) keepDigits(event.target);
  if (event.target.matches?.("[data-rule][aria-invalid]")) keepsRule(event.target);
});

document.addEventListener("click", (event) => {
  const target = event.target.closest("[data-reveal], [data-print], [data-copy], [data-dialog], .tip-button, .error-summary a");
  if (!target) return;
  if (target.dataset.dialog) return openDialog(event, target.dataset.dialog);
  if (target.dataset.reveal) reveal(target, target.getAttribute("aria-pressed") !== "true");
  else if ("print" in target.dataset) window.print();
  else if (target.dataset.copy) copy(target.dataset);
  else if (target.classList.contains("tip-button")) {
    // A hint closed by Escape opens again; without popovers it is the focus, and a tap does not focus everywhere.
    target.parentElement.classList.remove("tip-closed");
    if (!("popover" in target)) target.focus();
  } else {
    const field = document.getElementById(target.hash.slice(1));
    if (field) {
      event.preventDefault();
      field.focus();
      field.closest(".field")?.scrollIntoView({ block: "center" });
    }
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const hint of document.querySelectorAll(".tip:hover, .tip:focus-within")) hint.classList.add("tip-closed");
});

// A hint closed by Escape may open again once it was left.
for (const leaving of ["pointerout", "focusout"]) {
  document.addEventListener(leaving, (event) => {
    const hint = event.target.closest?.(".tip-closed");
    if (hint && !hint.contains(event.relatedTarget)) hint.classList.remove("tip-closed");
  });
}

// A page that comes back from the browser's memory has its forms free again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  document.querySelectorAll("form").forEach(freeForm);
  document.querySelectorAll("[aria-busy]").forEach((part) => part.removeAttribute("aria-busy"));
});

const comforts = navigator.clipboard ? "[data-reveal], [data-print], [data-copy]" : "[data-reveal], [data-print]";
for (const button of document.querySelectorAll(comforts)) button.hidden = false;
document.querySelector(".error-summary")?.focus();
document.querySelectorAll("[data-post-when-full]").forEach(offerCode);
document.querySelectorAll("[data-watch]").forEach(watchPayment);

// The link of a letter in the browser that registered: it presses the button itself. No other browser gets this form.
for (const form of document.querySelectorAll("form[data-submit-at-once]")) form.requestSubmit();
