// In the demo only: a button of the ribbon shows the mailbox beside the page, with letters and SMS as they come.
// Without this file, and on a narrow screen, the ribbon has its link to the mailbox in a window of its own.
"use strict";
{
  // As the media query of mailbox.css in the head of a page.
  const wide = matchMedia("(min-width: 80rem)");
  const ADDRESS = "/demo/mailbox/beside", OPEN = "mailbox-open", POLL_MILLIS = 2_000;
  // Half an hour of one page. Whoever leaves the tab and comes back begins anew.
  const MAX_POLLS = 900;

  const make = (tag, attributes, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.append(...children);
    return element;
  };
  const link = document.querySelector(".demo-ribbon a[target=mailbox]");
  const name = link.textContent;
  const button = make("button", { type: "button", class: "mailbox-button", "aria-controls": "mailbox" }, name);
  const close = make("button", { type: "button", class: "mailbox-close", "aria-label": `Закрыть: ${name}` }, "×");
  const empty = make("p", { hidden: "" }, "Писем и SMS пока нет. Они появятся здесь, когда портал что-нибудь отправит.");
  const list = make("ol", {});
  const news = make("p", { role: "status", class: "visually-hidden" });
  const all = make("p", {}, make("a", { href: link.href, target: link.target }, "Все сообщения"));
  const head = make("p", { class: "mailbox-head" }, make("strong", {}, name), close);
  const panel = make("section", { id: "mailbox", "aria-label": name }, head, empty, news, list, all);
  let polls = 0, timer, isFilled = false;

  const receive = (html) => {
    const found = new DOMParser().parseFromString(html, "text/html");
    const items = [...found.querySelectorAll("li[id]")].filter(({ id }) => !document.getElementById(id));
    list.prepend(...items);
    empty.hidden = list.childElementCount > 0;
    if (isFilled && items.length > 0) news.textContent = `Новое сообщение: ${items[0].firstElementChild.textContent}`;
    isFilled = true;
  };
  const poll = async () => {
    if (panel.hidden || document.hidden || polls >= MAX_POLLS) return;
    polls += 1;
    const answer = await fetch(ADDRESS).catch(() => {});
    if (answer?.ok) receive(await answer.text());
    clearTimeout(timer);
    timer = setTimeout(poll, POLL_MILLIS);
  };
  const update = () => {
    const isOpen = wide.matches && sessionStorage.getItem(OPEN) !== null;
    link.hidden = wide.matches;
    button.hidden = !wide.matches;
    panel.hidden = !isOpen;
    button.setAttribute("aria-expanded", String(isOpen));
    document.documentElement.classList.toggle(OPEN, isOpen);
    polls = 0;
    poll();
  };
  // Only a press moves the panel: on the next page it is where it was.
  const toggle = () => {
    document.documentElement.classList.add("mailbox-moves");
    if (panel.hidden) sessionStorage.setItem(OPEN, "");
    else sessionStorage.removeItem(OPEN);
    update();
  };
  const leave = () => (toggle(), button.focus());

  link.after(button);
  link.closest(".demo-ribbon").append(panel);
  button.addEventListener("click", toggle);
  close.addEventListener("click", leave);
  // A field, a list and a hint of the page have their own Escape.
  document.addEventListener("keydown", ({ key, target }) => {
    const isMine = target === document.body || target === button || panel.contains(target);
    if (key === "Escape" && isMine && !panel.hidden) leave();
  });
  document.addEventListener("visibilitychange", update);
  window.addEventListener("pageshow", update);
  wide.addEventListener("change", update);
  update();
}
